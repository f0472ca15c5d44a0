// Light, dark or as the system says: kept in a cookie, so that the server renders the next page in it at once.

const themes = ["light", "dark", "auto"];

export class LoamTheme extends HTMLElement {
  connectedCallback(): void {
    this.mark();
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button[name=theme]") : null;
      const theme = button?.getAttribute("value") ?? "";
      if (!themes.includes(theme)) return;
      event.preventDefault();
      document.documentElement.dataset["theme"] = theme;
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
      for (const each of document.querySelectorAll("loam-theme")) if (each instanceof LoamTheme) each.mark();
    });
  }

  mark(): void {
    const now = document.documentElement.dataset["theme"] ?? "auto";
    for (const button of this.querySelectorAll("button[name=theme]")) button.setAttribute("aria-pressed", String(button.getAttribute("value") === now));
  }
}
