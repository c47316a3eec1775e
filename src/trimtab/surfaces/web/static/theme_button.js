// The button that turns system, light and dark over; the choice stays in this browser.
const KEY = "trimtab-theme";
const NEXT = { system: "light", light: "dark", dark: "system" };

const chosen = () => document.documentElement.dataset.theme ?? "system";

const choose = (theme) => {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // storage may be forbidden: the choice then lasts as long as the page
  }
  document.dispatchEvent(new CustomEvent("trimtab:theme"));
};

export const startTheme = () => {
  for (const button of document.querySelectorAll("[data-theme-button]")) {
    const word = button.querySelector("[data-theme-word]");
    const show = () => {
      word.textContent = { system: "Auto", light: "Light", dark: "Dark" }[chosen()];
    };
    button.addEventListener("click", () => {
      choose(NEXT[chosen()]);
      show();
    });
    show();
    button.hidden = false;
  }
};
