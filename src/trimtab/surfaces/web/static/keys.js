// Keys: / finds in a table, ? lists the keys, g and a letter go to a page. They can be switched off, and rest while you type.
const KEY = "trimtab-keys";
const MOMENT = 1500; // milliseconds between g and its letter

let on = true;
try {
  on = localStorage.getItem(KEY) !== "off";
} catch {
  // storage may be forbidden: keys are on then
}

const typing = (target) => target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);

const pages = () => new Map([...document.querySelectorAll("a[data-go]")].map((link) => [link.dataset.go, link]));

const element = (name, ...children) => {
  const made = document.createElement(name);
  made.append(...children);
  return made;
};

const row = (keys, words) => {
  const head = element("th", ...keys.flatMap((key) => [element("kbd", key), " "]));
  head.scope = "row";
  return element("tr", head, element("td", words));
};

const list = () => {
  const dialog = element("dialog");
  dialog.setAttribute("aria-labelledby", "keys-title");
  const title = element("h2", "Keys");
  title.id = "keys-title";
  const rows = [row(["/"], "find in the table"), row(["?"], "this list"), row(["Esc"], "close what is open")];
  for (const [key, link] of pages()) rows.push(row(["g", key], link.textContent.trim()));
  const box = Object.assign(element("input"), { type: "checkbox", checked: on });
  box.addEventListener("change", () => {
    on = box.checked;
    try {
      localStorage.setItem(KEY, on ? "on" : "off");
    } catch {
      // lasts as long as the page then
    }
  });
  const shut = Object.assign(element("button", "Close"), { type: "button", className: "button" });
  shut.addEventListener("click", () => dialog.close());
  const label = element("label", box, " Single keys work on these pages");
  label.className = "check";
  const inside = element("div", title, element("table", element("tbody", ...rows)), element("p", label), shut);
  dialog.append(inside);
  dialog.className = "keys";
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
};

export const startKeys = () => {
  let went = -Infinity;
  for (const button of document.querySelectorAll("[data-keys-button]")) {
    button.addEventListener("click", list);
    button.hidden = false;
  }
  document.addEventListener("keydown", (event) => {
    const plain = !(event.altKey || event.ctrlKey || event.metaKey || event.isComposing);
    if (!on || !plain || typing(event.target) || document.querySelector("dialog[open]")) return;
    const link = event.timeStamp - went < MOMENT ? pages().get(event.key) : undefined;
    went = event.key === "g" ? event.timeStamp : -Infinity;
    const field = event.key === "/" && document.querySelector("input[data-search]");
    if (link) link.click();
    else if (event.key === "?") list();
    else if (field) field.focus();
    else return;
    event.preventDefault();
  });
};
