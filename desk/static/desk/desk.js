// Unfold hides the page until Alpine has started, and a browser focuses nothing that is hidden.
document.addEventListener("alpine:initialized", () => {
    requestAnimationFrame(() => document.querySelector("[autofocus]")?.focus());
});

// A form is sent once: its buttons are locked until the next page, or until Back shows this one again.
// (The server does not rely on it: it spends the form's token.)
document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.querySelector("input[name=once], .desk-busy")) return;
    if (form.dataset.sent) return event.preventDefault();
    keepDraft(form);
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
        delete form.dataset.sent;
        form.removeAttribute("aria-busy");
    }
});

// What was typed survives a session that ended in the middle of a form, and a form that was too large.
// The tab keeps it while the form is under way; a page without a user (the log-in, a refused form) marks
// it as interrupted, and the next page that has the form gets it back. It is dropped once the form was
// acted on, for another user, and after an hour. Passwords and files are never kept.
const DRAFT = "desk-draft", HOUR = 3600 * 1000;
const userHere = () => document.getElementById("page")?.dataset.user;
const pathOf = (form) => new URL(form.action, location).pathname;
const typed = (form) => [...form.elements].filter(
    (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type));

function keepDraft(form) {
    const fields = typed(form).filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked);
    const values = fields.map((field) => [field.name, field.value]);
    sessionStorage.setItem(DRAFT, JSON.stringify({ user: userHere(), path: pathOf(form), at: Date.now(), values }));
}

function restoreDraft() {
    const draft = JSON.parse(sessionStorage.getItem(DRAFT) || "null");
    if (!draft) return;
    if (!userHere()) {
        sessionStorage.setItem(DRAFT, JSON.stringify({ ...draft, interrupted: true }));
        return;
    }
    if (!draft.interrupted || draft.user !== userHere() || Date.now() - draft.at > HOUR) {
        sessionStorage.removeItem(DRAFT);
        return;
    }
    const form = [...document.forms].find((form) => form.method === "post" && pathOf(form) === draft.path);
    if (!form) return;
    sessionStorage.removeItem(DRAFT);
    for (const [name, value] of draft.values) {
        for (const field of typed(form).filter((field) => field.name === name)) {
            if (["radio", "checkbox"].includes(field.type)) field.checked ||= field.value === value;
            else field.value = value;
        }
    }
    form.closest("details")?.setAttribute("open", "");
    const note = document.createElement("p");
    note.className = "desk-card desk-warning";
    note.textContent = "The form was interrupted, and nothing was recorded. What you typed is here again: look at it and send it.";
    document.getElementById("desk-messages").append(note);
}
document.addEventListener("DOMContentLoaded", restoreDraft);

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
