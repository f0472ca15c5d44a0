// Opens its <dialog> from any `data-dialog="id"` control, closes it on `data-close`, the backdrop, and Escape (the browser's own).

export class LoamDialog extends HTMLElement {
  private readonly open = (event: Event): void => {
    const opener = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-dialog]") : null;
    const dialog = this.querySelector("dialog");
    if (opener === null || dialog === null || opener.dataset["dialog"] !== dialog.id) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
  };

  private readonly close = (event: Event): void => {
    const dialog = this.querySelector("dialog");
    if (dialog === null || !(event.target instanceof Element)) return;
    if (event.target.closest("[data-close]") !== null || event.target === dialog) dialog.close();
  };

  connectedCallback(): void {
    document.addEventListener("click", this.open);
    this.addEventListener("click", this.close);
  }

  disconnectedCallback(): void {
    document.removeEventListener("click", this.open);
    this.removeEventListener("click", this.close);
  }
}
