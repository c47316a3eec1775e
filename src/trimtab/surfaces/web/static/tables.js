// Tables: sorted by their headers, searched by words, and in the tab order only where they do scroll.
const numeric = (text) => text !== "" && Number.isFinite(Number(text));

const value = (row, column) => {
  const cell = row.cells[column];
  return cell ? (cell.dataset.sort ?? cell.textContent.trim()) : "";
};

// Numbers by size, words by the reader's alphabet; what is empty stays last either way.
const order = (one, two, sign) => {
  if (one === "" || two === "") return (one === "") - (two === "");
  if (numeric(one) && numeric(two)) return sign * (Number(one) - Number(two));
  return sign * one.localeCompare(two, undefined, { numeric: true });
};

const sort = (table, header, column) => {
  const ascending = header.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: value(row, column) }));
  rows.sort((one, two) => order(one.key, two.key, ascending ? 1 : -1));
  body.append(...rows.map(({ row }) => row));
};

const makeSortable = (table) => {
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    if (!header.hasAttribute("data-sorts")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sorter";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(table, header, column));
    header.append(button);
  });
};

const makeSearchable = (table, box) => {
  const label = document.createElement("label");
  label.className = "search";
  const words = document.createElement("span");
  words.textContent = "Find in this table";
  const field = Object.assign(document.createElement("input"), { type: "search", autocomplete: "off" });
  field.dataset.search = "";
  const count = document.createElement("output");
  label.append(words, field);
  const place = document.createElement("div");
  place.className = "searching";
  place.append(label, count);
  box.before(place);
  field.addEventListener("input", () => {
    const wanted = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...table.tBodies[0].rows];
    for (const row of rows) {
      const text = row.textContent.toLocaleLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
    }
    count.textContent = wanted.length ? `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows` : "";
  });
};

const watch = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    const scrolls = target.scrollWidth > target.clientWidth + 1 || target.scrollHeight > target.clientHeight + 1;
    if (scrolls) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

export const enhanceTables = (root) => {
  for (const box of root.querySelectorAll(".scroll:not([data-ready])")) {
    box.dataset.ready = "";
    const table = box.querySelector("table");
    if (!table) continue;
    if (table.hasAttribute("data-sortable") && table.tHead && table.tBodies[0]?.rows.length > 1) makeSortable(table);
    if (table.hasAttribute("data-searchable")) makeSearchable(table, box);
    watch.observe(box);
  }
};
