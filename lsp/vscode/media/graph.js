// @ts-check
/**
 * The page of the graph: puts the server's picture in, makes its boxes reachable by pointer, keyboard and screen
 * reader, and tells the extension which one was chosen.
 *
 * Kept true: a picture comes in as XML and only elements and attributes that draw are taken over; nothing in it runs.
 *
 * @typedef {import("../src/protocol").GraphStep} GraphStep
 * @typedef {import("../src/graph").ToPage} ToPage
 */
(() => {
  const vscode = acquireVsCodeApi();
  const picture = found("picture");
  const reason = found("reason");
  const list = found("steps");
  const SIZES = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2];
  /** Words are not drawn smaller than so, unless somebody asks for it. */
  const READABLE = 0.67;
  /**
   * How large the picture is drawn: a share of its own size, as wide as the page, or, where nothing is said, as wide as
   * the page as long as its words can be read. At most its own size.
   * @type {number | "page" | undefined}
   */
  let size;
  /** @type {GraphStep[]} */
  let steps = [];
  let cursor = { uri: "", line: -1 };
  /** The step that was marked last. */
  let marked = "";

  window.addEventListener("message", (event) => {
    /** @type {ToPage} */
    const told = event.data;
    switch (told.kind) {
      case "graph":
        reason.hidden = true;
        document.body.classList.remove("old");
        show(told.graph.svg, told.graph.steps);
        break;
      case "reason":
        reason.textContent = told.reason;
        reason.hidden = false;
        document.body.classList.add("old");
        break;
      case "cursor":
        cursor = { uri: told.uri, line: told.line };
        markCurrent();
        break;
    }
  });

  found("smaller").addEventListener("click", () => resize(-1));
  found("larger").addEventListener("click", () => resize(1));
  found("fit").addEventListener("click", () => {
    size = "page";
    fit();
  });
  vscode.postMessage({ kind: "ready" });

  /**
   * @param {string} svg
   * @param {GraphStep[]} drawn
   */
  function show(svg, drawn) {
    const read = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    if (read.localName !== "svg") {
      return;
    }
    const focused = document.activeElement?.id;
    const isFirst = picture.childElementCount === 0;
    tame(read);
    read.setAttribute("role", "group");
    picture.replaceChildren(document.adoptNode(read));
    steps = drawn;
    list.replaceChildren(...drawn.map(entry));
    for (const step of drawn) {
      const box = document.getElementById(step.id);
      if (box === null) {
        continue;
      }
      box.setAttribute("aria-label", `${step.name}, ${step.detail}`);
      if (step.location === null) {
        continue;
      }
      box.setAttribute("role", "button");
      box.setAttribute("tabindex", "0");
      box.addEventListener("click", (event) => {
        event.stopPropagation();
        open(step);
      });
      box.addEventListener("keydown", (event) => {
        if (event.target === box && (event.key === "Enter" || event.key === " ")) {
          event.preventDefault();
          open(step);
        }
      });
    }
    if (focused) {
      document.getElementById(focused)?.focus({ preventScroll: true });
    }
    squeeze();
    fit();
    if (isFirst) {
      picture.scrollLeft = (picture.scrollWidth - picture.clientWidth) / 2;
    }
    markCurrent();
  }

  /** Fits words into their boxes: the picture was laid out without knowing the reader's font. */
  function squeeze() {
    for (const words of picture.querySelectorAll("text")) {
      const box = words.parentElement?.querySelector(":scope > rect");
      const room = Number(box?.getAttribute("width") ?? Infinity) - 28;
      if (words.getComputedTextLength() > room) {
        words.setAttribute("textLength", String(room));
        words.setAttribute("lengthAdjust", "spacingAndGlyphs");
      }
    }
  }

  /** Leaves only what draws: colours come from the theme. @param {Element} svg */
  function tame(svg) {
    const draws = new Set(["svg", "title", "desc", "defs", "marker", "g", "rect", "path", "text"]);
    for (const element of [...svg.querySelectorAll("*")]) {
      if (!draws.has(element.localName)) {
        element.remove();
        continue;
      }
      for (const { name } of [...element.attributes]) {
        if (name.startsWith("on") || name === "style" || name.endsWith("href")) {
          element.removeAttribute(name);
        }
      }
    }
  }

  /** @param {GraphStep} step */
  function entry(step) {
    const item = document.createElement("li");
    item.style.marginInlineStart = `${step.depth * 1.5}em`;
    const name = document.createElement(step.location === null ? "span" : "button");
    name.textContent = step.name;
    if (step.location !== null) {
      name.addEventListener("click", () => open(step));
    }
    const detail = document.createElement("span");
    detail.className = "detail";
    detail.textContent = ` ${step.detail}`;
    item.append(name, detail);
    return item;
  }

  /** @param {GraphStep} step */
  function open(step) {
    if (step.location !== null) {
      vscode.postMessage({ kind: "open", uri: step.location.uri, ...step.location.range.start });
    }
  }

  /**
   * Marks the last step that begins at or before the line of the cursor, and brings it into sight when it is another
   * than before: who scrolls away from it stays there.
   */
  function markCurrent() {
    /** @type {GraphStep | undefined} */
    let current;
    for (const step of steps) {
      const line = step.location?.uri === cursor.uri ? step.location.range.start.line : Infinity;
      if (line <= cursor.line && line >= (current?.location?.range.start.line ?? -1)) {
        current = step;
      }
    }
    for (const step of steps) {
      const box = document.getElementById(step.id);
      box?.classList.toggle("current", step === current);
      if (step === current) {
        box?.setAttribute("aria-current", "true");
        if (marked !== step.id) {
          // A loop can be larger than the page: its name is what has to be seen.
          (box?.querySelector(":scope > text") ?? box)?.scrollIntoView({ block: "nearest", inline: "nearest" });
        }
      } else {
        box?.removeAttribute("aria-current");
      }
    }
    marked = current?.id ?? "";
  }

  /** @param {1 | -1} by */
  function resize(by) {
    const now = typeof size === "number" ? size : 1;
    const at = SIZES.findIndex((one) => one >= now);
    size = SIZES[Math.min(SIZES.length - 1, Math.max(0, at + by))] ?? 1;
    fit();
  }

  function fit() {
    const svg = picture.querySelector("svg");
    const width = Number(svg?.getAttribute("viewBox")?.split(" ")[2] ?? 0);
    if (svg) {
      const page = `min(100%, ${width}px)`;
      const readable = `max(${width * READABLE}px, ${page})`;
      svg.style.width = typeof size === "number" ? `${width * size}px` : size === "page" ? page : readable;
      svg.style.height = "auto";
    }
  }

  /** @param {string} id */
  function found(id) {
    const element = document.getElementById(id);
    if (element === null) {
      throw new Error(`the page has no #${id}`);
    }
    return element;
  }
})();
