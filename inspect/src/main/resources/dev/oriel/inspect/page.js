'use strict';

// What both pages need: the data that stands in the page, token texts, theme, tooltip.

const find = id => document.getElementById(id);

const json = id => JSON.parse(find('data-' + id).textContent);

/// Bytes that stand in the page in base64, deflated.
async function bytes(id) {
  const text = atob(find('data-' + id).textContent);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

const SIGNS = new Map([['\n', '↵'], ['\t', '⇥']]);
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]|(?!\u200d)\p{Cf}/u;

/// A token's characters as pairs [what is shown, whether it only stands for something invisible]. Spaces are marked at the ends, where they would be lost.
function characters(text) {
  const all = Array.from(text);
  const first = all.findIndex(c => c !== ' ');
  const last = all.findLastIndex(c => c !== ' ');
  if (!all.length) return [['∅', true]];
  return all.map((c, i) => {
    if (c === ' ') return first < 0 || i < first || i > last ? ['·', true] : [c, false];
    if (SIGNS.has(c)) return [SIGNS.get(c), true];
    return INVISIBLE.test(c) ? ['⟨' + c.codePointAt(0).toString(16).toUpperCase().padStart(2, '0') + '⟩', true] : [c, false];
  });
}

/// A token on a canvas or in a spoken sentence.
const shown = text => characters(text).map(([c]) => c).join('');

/// A token as an element: marks are paler, and a right-to-left text turns nothing but itself around.
function token(text) {
  const element = make('bdi', 'token');
  for (const [c, mark] of characters(text)) element.append(mark ? make('span', 'mark', c) : c);
  return element;
}

/// Calls back once a frame at most.
function eachFrame(call) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; call(); });
  };
}

/// Dark or light: as the system says until the reader chooses.
const theme = {
  listeners: [],
  system: matchMedia('(prefers-color-scheme: dark)'),
  chosen: null,
  get dark() { return this.chosen === null ? this.system.matches : this.chosen; },
  apply() {
    document.documentElement.dataset.theme = this.dark ? 'dark' : 'light';
    find('theme').textContent = this.dark ? 'Light' : 'Dark';
    find('theme').setAttribute('aria-label', this.dark ? 'Change to light' : 'Change to dark');
    const style = getComputedStyle(document.documentElement);
    for (const name of ['page', 'panel', 'ink', 'muted', 'line', 'accent', 'soft']) this[name] = style.getPropertyValue('--' + name).trim();
    this.listeners.forEach(listener => listener());
  },
  choose(dark) { this.chosen = dark; this.apply(); }
};

function startTheme() {
  theme.apply();
  theme.system.addEventListener('change', () => theme.apply());
  find('theme').addEventListener('click', () => theme.choose(!theme.dark));
}

/// The box beside the pointer.
const tip = {
  show(content, x, y) {
    const box = find('tip');
    box.replaceChildren(...content);
    box.hidden = false;
    const gap = 16;
    const { width, height } = box.getBoundingClientRect();
    box.style.left = Math.max(4, x + gap + width > innerWidth ? x - gap - width : x + gap) + 'px';
    box.style.top = Math.max(4, y + gap + height > innerHeight ? y - gap - height : y + gap) + 'px';
  },
  hide() { find('tip').hidden = true; }
};

const say = text => { find('live').textContent = text; };

/// Rows `name: content` of a tooltip.
function pairs(...rows) {
  const box = make('div', 'row');
  for (const [name, ...content] of rows) box.append(make('span', '', name), make('span', '', ...content));
  return box;
}

/// Numbers as `0-5, 9` names them; null if it cannot be read, and undefined (all) if it is empty.
function ranges(text) {
  if (!text.trim()) return undefined;
  const chosen = new Set();
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?\s*$/.exec(part);
    if (!match) return null;
    const last = Math.min(Number(match[2] ?? match[1]), 99999);
    for (let i = Number(match[1]); i <= last; i++) chosen.add(i);
  }
  return chosen;
}

/// Keys that work wherever the reader is, but not while a text is typed.
function onKeys(actions) {
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input:not([type=checkbox]), select')) return;
    const action = actions[event.key];
    if (!action) return;
    action();
    event.preventDefault();
  });
}

/// What stands behind # in the address: `layer=3&head=1`, so that a link can open a certain view.
const wanted = new URLSearchParams(location.hash.slice(1));
