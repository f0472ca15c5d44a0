// Opens and closes branches in place (loading each once) and walks the tree with the arrow keys.
import htmx from "htmx.org";

export class LoamTree extends HTMLElement {
  private ready = false;

  connectedCallback(): void {
    if (this.ready) return;
    this.ready = true;
    this.addEventListener("click", (event) => {
      const toggle = event.target instanceof Element ? event.target.closest<HTMLElement>(".tree-toggle") : null;
      if (toggle === null) return;
      event.preventDefault();
      this.set(toggle, toggle.getAttribute("aria-expanded") !== "true");
    });
    this.addEventListener("keydown", (event) => this.key(event));
  }

  private set(toggle: HTMLElement, open: boolean): void {
    const children = document.getElementById(toggle.getAttribute("aria-controls") ?? "");
    if (children === null) return;
    if (open && children.childElementCount === 0) htmx.trigger(toggle, "loam:load");
    children.hidden = !open;
    toggle.setAttribute("aria-expanded", String(open));
  }

  private key(event: KeyboardEvent): void {
    const node = event.target instanceof Element ? event.target.closest(".tree-node") : null;
    if (node === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const toggle = node.querySelector<HTMLElement>(":scope > .tree-row > .tree-toggle");
    const isOpen = toggle?.getAttribute("aria-expanded") === "true";
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.step(node, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "ArrowRight" && toggle !== null) isOpen ? this.step(node, 1) : this.set(toggle, true);
    else if (event.key === "ArrowLeft") {
      if (isOpen && toggle !== null) this.set(toggle, false);
      else focusLabel(node.parentElement?.closest(".tree-node"));
    } else if (event.key === " " && event.target === toggle && toggle !== null) this.set(toggle, !isOpen);
    else return;
    event.preventDefault();
  }

  private step(from: Element, by: number): void {
    const visible = [...this.querySelectorAll(".tree-node")].filter((node) => node.closest("[hidden]") === null);
    focusLabel(visible[visible.indexOf(from) + by]);
  }
}

function focusLabel(node: Element | null | undefined): void {
  node?.querySelector<HTMLElement>(":scope > .tree-row > .tree-label")?.focus();
}
