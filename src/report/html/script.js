"use strict";
// Sorting is exact: integers, fractions and decimals of any size are compared as such, then words, then empty cells.
function key(cell) {
  const text = cell.textContent.trim();
  if (text === "-" || text === "") return { rank: 2 };
  const parts = /^(-?\d+)(?:\/(\d+)|\.(\d+))?$/.exec(text);
  if (!parts) return { rank: 1, text };
  const decimals = parts[3] || "";
  return { rank: 0, top: BigInt(parts[1] + decimals), bottom: BigInt(parts[2] || 1) * 10n ** BigInt(decimals.length) };
}
function compare(a, b) {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.rank === 1) return a.text.localeCompare(b.text, "en", { numeric: true });
  if (a.rank === 2) return 0;
  const left = a.top * b.bottom, right = b.top * a.bottom;
  return left < right ? -1 : left > right ? 1 : 0;
}
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const original = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const next = now === "none" ? "ascending" : now === "ascending" ? "descending" : "none";
      for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", next);
      const sign = next === "descending" ? -1 : 1;
      const rows = original.map((row) => [key(row.cells[column]), row]);
      // cells without a value stay last in both directions
      const order = (a, b) => (a[0].rank === 2 || b[0].rank === 2 ? 1 : sign) * compare(a[0], b[0]);
      if (next !== "none") rows.sort(order);
      body.append(...rows.map((row) => row[1]));
    });
  });
}
for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    const code = button.previousElementSibling;
    const text = code.textContent;
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      // without a clipboard the text is selected, ready for the keyboard
      getSelection().selectAllChildren(code);
    }
    button.textContent = done ? "copied" : "selected";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}
const root = document.documentElement, toggle = document.getElementById("theme");
const store = (value) => { try { return value ? localStorage.setItem("theme", value) : localStorage.getItem("theme"); } catch { return null; } };
const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const label = () => { toggle.textContent = dark() ? "light" : "dark"; toggle.setAttribute("aria-label", "show " + toggle.textContent + " colours"); };
const kept = store();
if (kept === "dark" || kept === "light") root.dataset.theme = kept;
toggle.hidden = false;
toggle.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; store(root.dataset.theme); label(); });
label();
