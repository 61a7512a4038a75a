// The form of an estimate: adds lines in place, and shows the sums as they are typed. The server
// computes them again; without this script its answers show them.
const form = document.getElementById("estimate");

// A number with up to `places` decimals as a whole number of its last place, or null.
function scaled(text, places) {
    const match = /^(\d{0,9})(?:\.(\d*))?$/.exec(text.trim());
    if (!match || !(match[1] || match[2]) || (match[2] || "").length > places) return null;
    return BigInt((match[1] || "0") + (match[2] || "").padEnd(places, "0"));
}

function dividedHalfUp(number, by) {
    return (number + by / 2n) / by;
}

function money(paise) {
    const digits = paise.toString().padStart(3, "0");
    const whole = digits.slice(0, -2);
    const head = whole.slice(0, -3).replace(/\B(?=(\d\d)+$)/g, ",");
    return (head ? head + "," : "") + whole.slice(-3) + "." + digits.slice(-2);
}

function lines() {
    return [...form.querySelectorAll(".desk-line:not(.desk-line-head)")];
}

function show() {
    let subtotal = 0n;
    for (const line of lines()) {
        const price = scaled(line.querySelector("[name=unit_price]").value, 2);
        const quantity = scaled(line.querySelector("[name=quantity]").value, 3);
        const isReadable = price !== null && quantity !== null;
        const amount = isReadable ? dividedHalfUp(price * quantity, 1000n) : 0n;
        line.querySelector("output").value = isReadable ? money(amount) : "";
        subtotal += amount;
    }
    const percent = scaled(form.elements.tax.value, 2);
    const tax = percent === null ? null : dividedHalfUp(subtotal * percent, 10000n);
    document.getElementById("subtotal").textContent = money(subtotal);
    document.getElementById("tax").textContent = tax === null ? "" : money(tax);
    document.getElementById("total").textContent = tax === null ? "" : money(subtotal + tax);
}

function addLine(event) {
    event.preventDefault();
    const all = lines();
    if (all.length >= Number(form.dataset.maxLines)) return;
    const line = all.at(-1).cloneNode(true);
    line.querySelector(".desk-line-errors")?.remove();
    for (const input of line.querySelectorAll("input")) {
        input.value = input.name === "quantity" ? "1" : "";
        input.removeAttribute("aria-invalid");
    }
    all.at(-1).after(line);
    line.querySelector("[name=description]").focus();
    show();
}

document.getElementById("add-line").addEventListener("click", addLine);
form.addEventListener("input", show);
show();
