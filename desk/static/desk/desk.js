// Unfold hides the page until Alpine has started, and a browser focuses nothing that is hidden.
document.addEventListener("alpine:initialized", () => {
    requestAnimationFrame(() => document.querySelector("[autofocus]")?.focus());
});

// A form is sent once: its buttons are locked until the next page, or until Back shows this one again.
// (The server does not rely on it: it spends the form's token.)
document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.querySelector("input[name=once]")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
        delete form.dataset.sent;
        form.removeAttribute("aria-busy");
    }
});
