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

// "/" leads to the search from everywhere but a field that takes text.
document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = document.querySelector("#find-text, #search [name=q]");
    if (!field) return;
    event.preventDefault();
    field.focus();
});

// A pasted column keeps its lines apart, and a long list travels in the body of a POST.
document.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text").trim() ?? "";
    if (!event.target.matches?.("#search [name=q]") || !/[\r\n\t]/.test(text)) return;
    event.preventDefault();
    const field = event.target;
    field.setRangeText(text.split(/[\r\n\t]+/).join(", "), field.selectionStart, field.selectionEnd, "end");
});
document.addEventListener("submit", (event) => {
    if (event.target.id !== "search") return;
    const { q, csrfmiddlewaretoken } = event.target.elements;
    const isLong = q.value.length > 1000;
    event.target.method = isLong ? "post" : "get";
    csrfmiddlewaretoken.disabled = !isLong;
});
