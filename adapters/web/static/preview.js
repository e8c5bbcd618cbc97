// Draws a card with Microsoft's renderer, in the colours of Teams; copies what is sent.

const place = document.querySelector("[data-card]");
const copy = document.querySelector("[data-copy]");
const dark = matchMedia("(prefers-color-scheme: dark)");

function pair(normal, subtle) {
  return { default: normal, subtle };
}

/** As Teams looks: https://learn.microsoft.com/adaptive-cards/rendering-cards/host-config names each part. */
function hostConfig(isDark) {
  const ink = isDark ? "#ffffff" : "#242424";
  const quiet = isDark ? "#c7c7c7" : "#575757";
  const colours = {
    default: pair(ink, quiet),
    dark: pair(ink, quiet),
    light: pair("#ffffff", "#f0f0f0"),
    accent: isDark ? pair("#a9adff", "#a9adff") : pair("#4f52b2", "#4f52b2"),
    good: isDark ? pair("#8fd39a", "#8fd39a") : pair("#0e6410", "#0e6410"),
    warning: isDark ? pair("#fce8a3", "#fce8a3") : pair("#835b00", "#835b00"),
    attention: isDark ? pair("#f3a5ad", "#f3a5ad") : pair("#a80000", "#a80000"),
  };
  const style = (backgroundColor) => ({ backgroundColor, foregroundColors: colours });
  return {
    fontFamily: "inherit",
    fontSizes: { small: 12, default: 14, medium: 16, large: 20, extraLarge: 28 },
    fontWeights: { lighter: 400, default: 400, bolder: 600 },
    lineHeights: { small: 16, default: 20, medium: 22, large: 28, extraLarge: 36 },
    spacing: { small: 6, default: 8, medium: 16, large: 24, extraLarge: 32, padding: 16 },
    separator: { lineThickness: 1, lineColor: isDark ? "#525252" : "#e0e0e0" },
    supportsInteractivity: true,
    imageSizes: { small: 32, medium: 52, large: 100 },
    containerStyles: {
      default: style("#00000000"),
      emphasis: style(isDark ? "#3d3d3d" : "#f0f0f0"),
      accent: style(isDark ? "#4f52b2" : "#d5d7ff"),
      good: style(isDark ? "#1b3a1c" : "#e7f2e7"),
      warning: style(isDark ? "#4a3b00" : "#fff4ce"),
      attention: style(isDark ? "#4b1b20" : "#fcecee"),
    },
    textStyles: { heading: { size: "medium", weight: "bolder" } },
    textBlock: { headingLevel: 2 },
    actions: {
      maxActions: 6, spacing: "default", buttonSpacing: 8, actionsOrientation: "horizontal", actionAlignment: "left",
      preExpandSingleShowCardAction: false, showCard: { actionMode: "popup", inlineTopMargin: 8 },
    },
    inputs: {
      label: {
        inputSpacing: "small",
        requiredInputs: { weight: "bolder", color: "default", isSubtle: false, size: "default", suffix: " *", suffixColor: "attention" },
        optionalInputs: { weight: "bolder", color: "default", isSubtle: false, size: "default" },
      },
      errorMessage: { color: "attention", weight: "default" },
    },
  };
}

function tell(action) {
  const place = document.querySelector("[data-sent]");
  const sent = document.createElement("code");
  sent.textContent = JSON.stringify({ type: action.getJsonTypeName(), verb: action.verb, data: action.data });
  place.replaceChildren(place.dataset.words, sent);
}

function draw() {
  const { AdaptiveCard, HostConfig } = window.AdaptiveCards;
  // Cards hold no Markdown that is meant as such; shown as it is, a mistake would be seen.
  AdaptiveCard.onProcessMarkdown = (text, result) => { result.didProcess = false; };
  const card = new AdaptiveCard();
  card.hostConfig = new HostConfig(hostConfig(dark.matches));
  card.onExecuteAction = tell;
  card.parse(JSON.parse(document.querySelector("[data-card-json]").textContent));
  place.replaceChildren(card.render());
}

async function copied() {
  const state = document.querySelector("[data-copied]");
  await navigator.clipboard.writeText(document.querySelector("[data-source]").textContent);
  state.textContent = state.dataset.words;
}

if (place) {
  draw();
  dark.addEventListener("change", draw);
}
if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", () => { copied().catch(() => { copy.hidden = true; }); });
}
