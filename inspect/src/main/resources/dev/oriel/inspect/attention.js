// The attention page: which layer and heads are chosen, and what the parts show of them.

const facts = json('attention');
const queries = { name: 'query', first: facts.queries.first, labels: facts.queries.tokens };
const keys = { name: 'key', first: facts.keys.first, labels: facts.keys.tokens };
const size = queries.labels.length * keys.labels.length;
const many = Math.max(queries.labels.length, keys.labels.length) > 64;

const state = { layer: 0, heads: [0], view: 'matrix', root: true, skip: false, threshold: many ? .1 : .02 };

/// Codes of the layers seen last, 64 million of them; a layer of 512 tokens and 9 heads has 2.4 million.
const KEPT = Math.max(1, Math.floor(64e6 / (size * facts.layers[0].heads.length)));
const loaded = new Map();

async function codes(layer) {
  if (!loaded.has(layer)) {
    loaded.set(layer, bytes('layer-' + layer));
    if (loaded.size > KEPT) loaded.delete(loaded.keys().next().value);
  }
  return loaded.get(layer);
}

/// Weights of a head, `[query * keys + key]`: scale * (code / largest code)^2.
function weights(codes, layer, head) {
  const all = new Float32Array(size), { scales } = facts.layers[layer], wide = facts.bytes === 2, largest = wide ? 65535 : 255;
  for (let i = 0, at = head * size; i < size; i++, at++) {
    const code = wide ? codes[2 * at] | codes[2 * at + 1] << 8 : codes[at];
    all[i] = scales[head] * (code / largest) ** 2;
  }
  if (state.skip && keys.first === 0) for (let i = 0; i < size; i += keys.labels.length) all[i] = 0;
  return all;
}

function mean(all) {
  if (all.length === 1) return all[0];
  const sum = new Float32Array(size);
  for (const one of all) for (let i = 0; i < size; i++) sum[i] += one[i] / all.length;
  return sum;
}

const headNumbers = () => state.heads.map(head => facts.layers[state.layer].heads[head]);
const plural = (count, name) => `${count.toLocaleString('en')} ${name}${count === 1 ? '' : 's'}`;

const matrix = new Matrix(find('matrix'), 'Attention matrix; arrows move from cell to cell', queries, keys,
  { minimum: { width: 1, height: 1 }, widest: 46, highest: 46, square: true, shift: .4 });
const lines = new Lines(find('lines'), 'Attention lines; arrows move from token to token', queries, keys);
let overview, newest = 0;

/// Brings everything in line with the state.
async function refresh() {
  const turn = ++newest, layer = facts.layers[state.layer], raw = await codes(state.layer);
  if (turn !== newest) return;
  const parts = state.heads.map(head => weights(raw, state.layer, head)), shownWeights = mean(parts);
  const title = `layer ${layer.number}, ` + (parts.length > 1 ? `mean of heads ${headNumbers().join(', ')}` : `head ${headNumbers()[0]}`);
  overview.mark({ layer: state.layer, heads: state.heads });
  find('layer').value = state.layer;
  find('previous').disabled = state.layer === 0;
  find('next').disabled = state.layer === facts.layers.length - 1;
  showControls();
  if (state.view === 'matrix') showMatrix(shownWeights, title, parts.length > 1 ? 1 : Math.max(1, layer.scales[state.heads[0]]));
  else showLines(parts);
  document.body.dataset.shown = `${layer.number}.${headNumbers().join('+')} ${state.view}`;
}

function showMatrix(values, title, high) {
  const scale = new Scale('sequential', 0, high, state.root);
  const columns = keys.labels.length;
  matrix.show({
    scale,
    value: (query, key) => values[query * columns + key],
    text: (query, key, width) => width >= 27 && values[query * columns + key] >= .005 ? values[query * columns + key].toFixed(2).replace(/^0/, '') : '',
    describe(query, key) {
      const value = values[query * columns + key].toFixed(facts.bytes === 2 ? 5 : 4);
      return {
        content: [make('div', 'value', value), pairs(
          ['query', token(queries.labels[query]), make('span', 'place', ' ' + (query + queries.first))],
          ['key', token(keys.labels[key]), make('span', 'place', ' ' + (key + keys.first))]), make('div', 'place', title)],
        sentence: `${value}: query ${query + queries.first} ${shown(queries.labels[query])}, key ${key + keys.first} ${shown(keys.labels[key])}`
      };
    }
  });
  const ticks = (state.root ? [0, .05, .25, .5, 1] : [0, .25, .5, .75, 1]).map(share => share * high);
  find('legend').replaceChildren(scale.legend(ticks, value => String(Number(value.toPrecision(3)))));
  find('caption').textContent = state.heads.length > 1 ? title : '';
}

function showLines(parts) {
  const single = parts.length === 1;
  lines.show(parts.map((weights, i) => ({ weights, colour: () => headColour(single ? 0 : state.heads[i]) })), state.threshold);
  const { found } = lines;
  find('caption').textContent = found > Lines.MOST ? `the strongest ${Lines.MOST.toLocaleString('en')} of ${plural(found, 'line')}` : plural(found, 'line');
}

function showControls() {
  const isMatrix = state.view === 'matrix';
  find('matrix').hidden = find('legend').hidden = find('contrast-label').hidden = !isMatrix;
  find('lines').hidden = find('threshold-label').hidden = isMatrix;
  find('matrix-tab').setAttribute('aria-pressed', isMatrix);
  find('lines-tab').setAttribute('aria-pressed', !isMatrix);
  find('contrast').checked = state.root;
  find('first').checked = state.skip;
  find('threshold').value = Math.round(100 * Math.sqrt(state.threshold));
  find('threshold-value').textContent = state.threshold.toFixed(state.threshold < .02 ? 4 : 2);
  const coloured = !isMatrix && state.heads.length > 1;
  find('chips').replaceChildren(...facts.layers[state.layer].heads.map((number, head) => {
    const chip = make('button', '', String(number)), pressed = state.heads.includes(head);
    chip.type = 'button';
    chip.setAttribute('aria-pressed', pressed);
    chip.setAttribute('aria-label', 'Head ' + number);
    chip.style.setProperty('--chip', coloured ? headColour(head) : theme.accent);
    chip.style.setProperty('--chip-ink', theme.panel);
    chip.addEventListener('click', event => {
      choose(state.layer, head, event.shiftKey || event.ctrlKey || event.metaKey);
      find('chips').children[head].focus();
    });
    return chip;
  }));
}

function choose(layer, head, add) {
  const same = layer === state.layer;
  if (!add || !same) state.heads = [head];
  else if (!state.heads.includes(head)) state.heads = [...state.heads, head].sort((a, b) => a - b);
  else if (state.heads.length > 1) state.heads = state.heads.filter(other => other !== head);
  state.layer = layer;
  refresh();
}

/// The next layer keeps the heads that it has, too.
function chooseLayer(layer) {
  if (layer < 0 || layer >= facts.layers.length) return;
  const numbers = headNumbers(), next = facts.layers[layer].heads;
  state.heads = numbers.map(number => next.indexOf(number)).filter(head => head >= 0);
  if (!state.heads.length) state.heads = [0];
  state.layer = layer;
  refresh();
}

function stepHead(step) {
  const count = facts.layers[state.layer].heads.length;
  choose(state.layer, (state.heads[0] + step + count) % count, false);
}

function set(changes) {
  Object.assign(state, changes);
  refresh();
}

const enlarge = factor => (state.view === 'matrix' ? matrix : lines).enlarge(factor);

function filter() {
  const chosen = ['layers', 'heads'].map(id => {
    const numbers = ranges(find(id).value);
    find(id).setAttribute('aria-invalid', numbers === null);
    return numbers ?? undefined;
  });
  overview.filter(...chosen);
  find('count').textContent = plural(overview.cells, 'head');
}

/// What the page holds, how precise it is, and what it leaves out.
function describeFacts() {
  const heads = facts.layers.reduce((sum, layer) => sum + layer.heads.length, 0), { outOf } = facts;
  const all = outOf.layers * outOf.heads;
  const amount = all > heads ? `${heads.toLocaleString('en')} of ${plural(all, 'head')}, ${facts.layers.length} of ${plural(outOf.layers, 'layer')}`
    : `${plural(heads, 'head')} in ${plural(facts.layers.length, 'layer')}`;
  const tokens = queries.labels.length === keys.labels.length ? plural(keys.labels.length, 'token') : `${queries.labels.length} queries × ${keys.labels.length} keys`;
  const error = facts.bytes === 2 ? '0.00002' : '0.004';
  return `${amount}, ${tokens}. Weights near 1 are rounded by up to ${error}, smaller ones by less.`;
}

function connect() {
  find('layer').append(...facts.layers.map((layer, index) => {
    const option = make('option', '', String(layer.number));
    option.value = index;
    return option;
  }));
  find('layer').addEventListener('change', event => chooseLayer(Number(event.target.value)));
  find('previous').addEventListener('click', () => chooseLayer(state.layer - 1));
  find('next').addEventListener('click', () => chooseLayer(state.layer + 1));
  find('matrix-tab').addEventListener('click', () => set({ view: 'matrix' }));
  find('lines-tab').addEventListener('click', () => set({ view: 'lines' }));
  find('contrast').addEventListener('change', event => set({ root: event.target.checked }));
  find('first').addEventListener('change', event => set({ skip: event.target.checked }));
  find('threshold').addEventListener('input', event => set({ threshold: (event.target.value / 100) ** 2 }));
  find('layers').addEventListener('input', filter);
  find('heads').addEventListener('input', filter);
  find('zoom-in').addEventListener('click', () => enlarge(1.5));
  find('zoom-out').addEventListener('click', () => enlarge(1 / 1.5));
  find('zoom-fit').addEventListener('click', () => enlarge(0));
  addEventListener('resize', eachFrame(filter));
  theme.listeners.push(refresh);
  onKeys({
    l: () => chooseLayer(state.layer + 1), L: () => chooseLayer(state.layer - 1), h: () => stepHead(1), H: () => stepHead(-1),
    v: () => set({ view: state.view === 'matrix' ? 'lines' : 'matrix' }), t: () => theme.choose(!theme.dark),
    '+': () => enlarge(1.5), '-': () => enlarge(1 / 1.5), 0: () => enlarge(0)
  });
}

/// The view that the address asks for: `#layer=9&head=1,4&view=lines&theme=dark&query=12`.
function openWanted() {
  const numbers = name => [...ranges(wanted.get(name) ?? '') ?? []];
  const layer = facts.layers.findIndex(layer => layer.number === numbers('layer')[0]);
  if (layer >= 0) state.layer = layer;
  const heads = numbers('head').map(number => facts.layers[state.layer].heads.indexOf(number)).filter(head => head >= 0);
  if (heads.length) state.heads = heads;
  if (wanted.get('view') === 'lines') state.view = 'lines';
  if (wanted.get('first') === 'out') state.skip = true;
  if (wanted.has('theme')) theme.chosen = wanted.get('theme') === 'dark';
}

function visitWanted() {
  const query = Number(wanted.get('query')) - queries.first, key = Number(wanted.get('key') ?? keys.first) - keys.first;
  if (!wanted.has('query') || !queries.labels[query] || !keys.labels[key]) return;
  if (state.view === 'matrix') matrix.visit(query, key);
  else lines.visit('query', query);
}

async function start() {
  find('title').textContent = facts.title;
  find('note').textContent = facts.note;
  find('facts').textContent = describeFacts();
  openWanted();
  startTheme();
  overview = new Overview(find('overview'), facts.layers, await bytes('thumbnails'), facts.thumbnail, choose);
  connect();
  filter();
  await refresh();
  requestAnimationFrame(visitWanted);
}

start();
