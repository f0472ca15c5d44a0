// A <details> that behaves as a menu: one open at a time, arrow keys, Escape, and a click elsewhere closes it.

export class LoamMenu extends HTMLElement {
  private readonly outside = (event: Event): void => {
    const details = this.details;
    if (details?.open === true && event.target instanceof Node && !this.contains(event.target)) details.open = false;
  };

  private get details(): HTMLDetailsElement | null {
    return this.querySelector("details");
  }

  connectedCallback(): void {
    document.addEventListener("click", this.outside);
    document.addEventListener("focusin", this.outside);
    this.addEventListener("keydown", this.key);
    this.details?.addEventListener("toggle", () => this.place());
  }

  disconnectedCallback(): void {
    document.removeEventListener("click", this.outside);
    document.removeEventListener("focusin", this.outside);
    this.removeEventListener("keydown", this.key);
  }

  private place(): void {
    const details = this.details;
    const panel = details?.querySelector(".menu-panel");
    if (details === null || panel === null || panel === undefined || !details.open) return;
    details.classList.remove("up");
    const box = panel.getBoundingClientRect();
    if (box.right > innerWidth) details.classList.add("end");
    if (box.bottom > innerHeight && this.getBoundingClientRect().top > box.height) details.classList.add("up");
  }

  private key(event: KeyboardEvent): void {
    const details = this.details;
    if (details === null) return;
    if (event.key === "Escape" && details.open) {
      details.open = false;
      details.querySelector("summary")?.focus();
      event.stopPropagation();
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || event.altKey) return;
    event.preventDefault();
    details.open = true;
    const items = [...details.querySelectorAll<HTMLElement>(".menu-panel :is(a[href], button:not(:disabled), input)")];
    const at = items.findIndex((item) => item === document.activeElement);
    items[at < 0 && step < 0 ? items.length - 1 : (at + step + items.length) % items.length]?.focus();
  }
}
