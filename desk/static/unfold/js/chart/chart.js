// Served in place of Chart.js (200 KB), which no page here draws with: unfold's app.js sets its defaults.
window.Chart = { defaults: { font: {} } };
