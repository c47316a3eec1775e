// What script adds to pages that work without it: theme, tables, live forms, jobs, drawers and keys.
import { enhanceTables } from "./tables.js";
import { enhanceForms } from "./forms.js";
import { enhanceJobs } from "./jobs.js";
import { startKeys } from "./keys.js";
import { startSheets } from "./sheets.js";
import { startTheme } from "./theme_button.js";

const enhance = (root) => {
  enhanceTables(root);
  enhanceForms(root);
  enhanceJobs(root);
};

document.addEventListener("trimtab:added", (event) => enhance(event.target));
startTheme();
startSheets();
startKeys();
enhance(document);
