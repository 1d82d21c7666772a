// The page of grids: a panel with a heat map for each.

const page = json('grids');
const matrices = [];

/// Up to four significant digits, as short as they go.
const short = value => Number.isFinite(value) ? String(Number(value.toPrecision(value !== 0 && Math.abs(value) < .01 ? 2 : 3))) : String(value);

function range(values, diverging) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (diverging) return [-Math.max(-low, high), Math.max(-low, high)];
  return [Math.min(low, 0) === low ? low : 0, high];
}

/// Decimals that three digits of the largest number need.
function decimals(values) {
  const largest = values.reduce((most, value) => Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most, 0);
  return largest === 0 ? 1 : between(2 - Math.floor(Math.log10(largest)), 0, 3);
}

/// `.25`, `-1.50`; never `-.00`.
function brief(value, places) {
  const text = value.toFixed(places);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace(/^(-?)0\./, '$1.');
}

function describe(grid, values, row, column) {
  const value = values[row * grid.columns.labels.length + column], text = grid.texts[row]?.[column];
  const content = [make('div', 'value', Number.isNaN(value) ? 'no number' : String(Number(value.toPrecision(6)))),
    pairs([grid.rows.name, token(grid.rows.labels[row])], [grid.columns.name, token(grid.columns.labels[column])])];
  if (text !== undefined) content.unshift(make('div', 'value', token(text)));
  return {
    content,
    sentence: (text === undefined ? '' : shown(text) + ', ')
      + `${short(value)}: ${grid.rows.name} ${shown(grid.rows.labels[row])}, ${grid.columns.name} ${shown(grid.columns.labels[column])}`
  };
}

/// Room that cells need for what is written in them; small grids are larger.
function limits(grid) {
  const texts = grid.texts.flat(), columns = grid.columns.labels.length, rows = grid.rows.labels.length;
  const alone = page.grids.length === 1;
  const widest = texts.length ? between(Surface.widest(texts.map(shown), 12) + 14, alone ? 76 : 46, 110) : alone ? 76 : 52;
  const minimum = texts.length ? Math.min(widest, 64) : columns > 64 ? 4 : columns > 24 ? 16 : 44;
  return { minimum: { width: minimum, height: rows > 128 ? 6 : 17 }, widest, highest: rows <= 16 ? 30 : 23, shift: 0 };
}

async function add(grid, index) {
  const values = new Float32Array((await bytes('values-' + index)).buffer), columns = grid.columns.labels.length;
  const surface = make('div', 'surface'), legend = make('span', 'legend');
  const panel = make('section', 'panel', make('div', 'bar', make('h2', '', grid.title === page.title ? '' : grid.title), legend), surface);
  panel.setAttribute('aria-label', grid.title);
  find('grids').append(panel);
  const bounds = limits(grid), places = decimals(values);
  const matrix = new Matrix(surface, `${grid.title}; arrows move from cell to cell`, { ...grid.rows, first: 0 }, { ...grid.columns, first: 0 }, bounds);
  const show = () => {
    const scale = new Scale(grid.diverging ? 'diverging' : 'sequential', ...range(values, grid.diverging));
    matrix.show({
      scale,
      value: (row, column) => values[row * columns + column],
      text: (row, column, width) => {
        const value = values[row * columns + column];
        return grid.texts.length ? shown(grid.texts[row][column]) : width >= 38 && Number.isFinite(value) ? brief(value, places) : '';
      },
      describe: (row, column) => describe(grid, values, row, column)
    });
    const { low, high } = scale, middle = grid.diverging ? 0 : (low + high) / 2;
    legend.replaceChildren(scale.legend(high > low ? [low, middle, high] : [low], short));
  };
  const fit = () => fitFrame(surface, matrix, bounds, grid);
  fit();
  show();
  theme.listeners.push(show);
  matrices.push({ matrix, fit });
}

/// The frame is as large as the grid, but no larger than the window.
function fitFrame(surface, matrix, bounds, grid) {
  const columns = grid.columns.labels.length, rows = grid.rows.labels.length, most = { width: find('grids').clientWidth - 72, height: innerHeight - 190 };
  const width = between((most.width - matrix.labels - 14) / columns, bounds.minimum.width, bounds.widest);
  const height = between((most.height - matrix.bandHeight(width) - 12) / rows, bounds.minimum.height, bounds.highest);
  surface.style.width = Math.min(most.width, matrix.labels + Math.floor(width) * columns + 20) + 'px';
  surface.style.height = Math.max(160, Math.min(most.height, matrix.bandHeight(width) + Math.floor(height) * rows + 18)) + 'px';
}

const enlarge = factor => (matrices.find(({ matrix }) => matrix.root === document.activeElement) ?? matrices[0]).matrix.enlarge(factor);

async function start() {
  find('title').textContent = page.title;
  find('note').textContent = page.note;
  if (wanted.has('theme')) theme.chosen = wanted.get('theme') === 'dark';
  startTheme();
  for (const [index, grid] of page.grids.entries()) if (grid.rows.labels.length && grid.columns.labels.length) await add(grid, index);
  addEventListener('resize', eachFrame(() => matrices.forEach(({ fit }) => fit())));
  onKeys({ t: () => theme.choose(!theme.dark), '+': () => enlarge(1.5), '-': () => enlarge(1 / 1.5), 0: () => enlarge(0) });
  document.body.dataset.shown = matrices.length;
}

start();
