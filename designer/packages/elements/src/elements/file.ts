// Uploads as soon as files are chosen or dropped, shows how far it is, then lets the list fetch itself again.
import { refresh, refusal } from "../page.ts";
import { csrfToken } from "../request.ts";
import { toast } from "../toast.ts";
import { say } from "../words.ts";

export class LoamFile extends HTMLElement {
  private ready = false;

  connectedCallback(): void {
    const form = this.querySelector("form");
    const input = this.querySelector<HTMLInputElement>("input[type=file]");
    if (form === null || input === null || this.ready) return;
    this.ready = true;
    input.addEventListener("change", () => {
      void this.sendAll(form, input.name, [...(input.files ?? [])]);
      input.value = "";
    });
    form.addEventListener("dragover", (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
    form.addEventListener("dragleave", () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      void this.sendAll(form, input.name, [...(event.dataTransfer?.files ?? [])]);
    });
  }

  private async sendAll(form: HTMLFormElement, name: string, files: File[]): Promise<void> {
    const limit = Number(this.dataset["max"] ?? "Infinity");
    for (const file of files) {
      if (file.size > limit) {
        toast(say("tooLarge", file.name), "bad");
        continue;
      }
      const problem = await this.send(form, name, file);
      toast(problem ?? say("uploaded", file.name), problem === undefined ? "ok" : "bad");
    }
    if (this.dataset["target"] !== undefined) refresh(this.dataset["target"]);
  }

  /** Sends one file; answers what went wrong, if something did. fetch cannot report progress of an upload, so XMLHttpRequest does it. */
  private send(form: HTMLFormElement, name: string, file: File): Promise<string | undefined> {
    const progress = document.createElement("progress");
    progress.className = "bar";
    progress.max = 1;
    progress.setAttribute("aria-label", say("uploading", file.name));
    form.append(progress);
    const data = new FormData();
    for (const hidden of form.querySelectorAll<HTMLInputElement>("input[type=hidden]")) data.append(hidden.name, hidden.value);
    data.append(name, file);
    const call = new XMLHttpRequest();
    call.open("POST", form.action);
    call.setRequestHeader("X-CSRF-Token", csrfToken());
    call.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress.value = event.loaded / event.total;
    });
    return new Promise((resolve) => {
      call.addEventListener("loadend", () => {
        progress.remove();
        if (call.status >= 200 && call.status < 300) resolve(undefined);
        else resolve(call.status === 0 ? say("offline") : refusal(call.status));
      });
      call.send(data);
    });
  }
}
