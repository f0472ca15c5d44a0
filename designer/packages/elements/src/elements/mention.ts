// A text area that completes `@name` and tells the server whom it means.
import { complete, mentionAt, remaining } from "../plain/mention.ts";
import { Choices } from "./choices.ts";

export class LoamMention extends HTMLElement {
  private readonly chosen = new Map<string, string>();
  private ready = false;

  connectedCallback(): void {
    const area = this.querySelector("textarea");
    if (area === null || this.ready) return;
    this.ready = true;
    const choices = new Choices(area, () => this.dataset["url"] ?? "", (item) => {
      const found = mentionAt(area.value, area.selectionStart);
      if (found === undefined) return;
      const done = complete(area.value, found.start, area.selectionStart, item.label);
      area.value = done.text;
      area.setSelectionRange(done.caret, done.caret);
      this.chosen.delete(item.id);
      this.chosen.set(item.id, item.label);
      this.write(area.value);
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
    this.append(choices.box);
    area.addEventListener("input", () => {
      const found = mentionAt(area.value, area.selectionStart);
      if (found === undefined) choices.close();
      else choices.ask(found.query);
      this.write(area.value);
    });
    area.addEventListener("keydown", (event) => void choices.key(event));
  }

  private write(text: string): void {
    for (const old of this.querySelectorAll("input[name=mentions]")) old.remove();
    for (const id of remaining(text, this.chosen)) {
      const input = document.createElement("input");
      input.type = "hidden";
      input.name = "mentions";
      input.value = `${id} ${this.chosen.get(id) ?? ""}`;
      this.append(input);
    }
  }
}
