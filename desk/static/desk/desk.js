// Unfold hides the page until Alpine has started, and a browser focuses nothing that is hidden.
document.addEventListener("alpine:initialized", () => {
    requestAnimationFrame(() => document.querySelector("[autofocus]")?.focus());
});
