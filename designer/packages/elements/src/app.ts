// The one script of live pages: htmx with our settings, the small page habits, and the custom elements.
import htmx from "htmx.org";
import { installPage } from "./page.ts";
import { LoamBoard } from "./elements/board.ts";
import { LoamBoxes } from "./elements/boxes.ts";
import { LoamCombobox } from "./elements/combobox.ts";
import { LoamDialog } from "./elements/dialog.ts";
import { LoamFile } from "./elements/file.ts";
import { LoamKeys } from "./elements/keys.ts";
import { LoamLive } from "./elements/live.ts";
import { LoamMention } from "./elements/mention.ts";
import { LoamMenu } from "./elements/menu.ts";
import { LoamPasskey } from "./elements/passkey.ts";
import { LoamSignature } from "./elements/signature.ts";
import { LoamStream } from "./elements/stream.ts";
import { LoamSubtable } from "./elements/subtable.ts";
import { LoamTheme } from "./elements/theme.ts";
import { LoamTree } from "./elements/tree.ts";

// The content security policy allows neither eval nor inline styles, so both are off before htmx looks at the page.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
htmx.config.refreshOnHistoryMiss = true;
htmx.config.scrollIntoViewOnBoost = false;
htmx.config.selfRequestsOnly = true;

document.documentElement.dataset["script"] = "on";
installPage();

const elements: [string, CustomElementConstructor][] = [
  ["loam-board", LoamBoard],
  ["loam-boxes", LoamBoxes],
  ["loam-combobox", LoamCombobox],
  ["loam-dialog", LoamDialog],
  ["loam-file", LoamFile],
  ["loam-keys", LoamKeys],
  ["loam-live", LoamLive],
  ["loam-mention", LoamMention],
  ["loam-menu", LoamMenu],
  ["loam-passkey", LoamPasskey],
  ["loam-signature", LoamSignature],
  ["loam-stream", LoamStream],
  ["loam-subtable", LoamSubtable],
  ["loam-theme", LoamTheme],
  ["loam-tree", LoamTree],
];
for (const [name, element] of elements) customElements.define(name, element);
