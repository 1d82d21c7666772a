// Colour scales: ordered by lightness, so that they survive colour blindness and grey printing; the diverging one is blue and orange.

const STOPS = {
  light: {
    sequential: ['#f3f5f7', '#d5e3ef', '#a3c7e2', '#629fcc', '#2f74ae', '#174d82', '#0a2a4f'],
    diverging: ['#0d3868', '#2a6cab', '#7db0d7', '#cbdfed', '#f4f4f1', '#f8dcbd', '#eeab6b', '#ca6c20', '#783603']
  },
  dark: {
    sequential: ['#1b2027', '#1c3550', '#1f507b', '#2d76aa', '#579fd0', '#9accec', '#f0f9ff'],
    diverging: ['#d3eaff', '#84bff1', '#4388c6', '#264b70', '#20252c', '#6a4524', '#b46f2a', '#ee9f4c', '#ffe3bd']
  }
};

/// Okabe and Ito's colours, a little calmer, in an order that keeps neighbours apart; for heads in the line view.
const HEADS = {
  light: ['#1f66a8', '#c9611c', '#1d8a6b', '#b04a86', '#8a7a00', '#3f9fd0', '#7a4fb5', '#6b6f76'],
  dark: ['#74b6ea', '#f0a05a', '#5fc9a5', '#e59ac6', '#d8c94a', '#a5dcf7', '#b99cf0', '#b4b9c0']
};

const mode = () => theme.dark ? 'dark' : 'light';

const headColour = index => HEADS[mode()][index % HEADS.light.length];

const channels = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));

/// Numbers to colours.
class Scale {
  static STEPS = 256;

  /// @param kind sequential or diverging
  /// @param root whether steps are even in the square root, which lifts small numbers
  constructor(kind, low, high, root = false) {
    Object.assign(this, { kind, low, high, root });
    const stops = STOPS[mode()][kind].map(channels);
    this.table = new Uint8Array(3 * Scale.STEPS);
    for (let i = 0; i < Scale.STEPS; i++) {
      const at = i / (Scale.STEPS - 1) * (stops.length - 1);
      const left = Math.min(Math.floor(at), stops.length - 2);
      for (let c = 0; c < 3; c++) this.table[3 * i + c] = Math.round(stops[left][c] + (stops[left + 1][c] - stops[left][c]) * (at - left));
    }
  }

  /// From 0 to 1: where in the scale a number stands.
  place(value) {
    const share = this.high > this.low ? Math.min(1, Math.max(0, (value - this.low) / (this.high - this.low))) : this.kind === 'diverging' ? .5 : 0;
    return this.root ? Math.sqrt(share) : share;
  }

  /// A row of the table, or -1 for NaN.
  step(value) { return Number.isNaN(value) ? -1 : Math.round(this.place(value) * (Scale.STEPS - 1)); }

  css(value) {
    const step = this.step(value);
    return step < 0 ? theme.panel : `rgb(${this.table[3 * step]} ${this.table[3 * step + 1]} ${this.table[3 * step + 2]})`;
  }

  /// Black or white, whichever can be read on the number's colour.
  ink(value) {
    const step = this.step(value);
    if (step < 0) return theme.muted;
    const [r, g, b] = this.table.subarray(3 * step, 3 * step + 3);
    return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? '#16202a' : '#f6f8fa';
  }

  /// A bar of the scale with numbers below.
  legend(ticks, format) {
    const width = 190, bar = 9, height = 28, edge = 16;
    const canvas = make('canvas');
    canvas.width = (width + 2 * edge) * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    canvas.style.width = width + 2 * edge + 'px';
    canvas.style.height = height + 'px';
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `Colours from ${format(this.low)} to ${format(this.high)}`);
    const ctx = canvas.getContext('2d');
    ctx.scale(devicePixelRatio, devicePixelRatio);
    for (let x = 0; x < width; x++) {
      const step = Math.round(x / (width - 1) * (Scale.STEPS - 1));
      ctx.fillStyle = `rgb(${this.table.subarray(3 * step, 3 * step + 3).join(' ')})`;
      ctx.fillRect(edge + x, 2, 1.5, bar);
    }
    ctx.strokeStyle = theme.line;
    ctx.strokeRect(edge - .5, 1.5, width + 1, bar + 1);
    ctx.fillStyle = theme.muted;
    ctx.font = FONT(10.5);
    ctx.textAlign = 'center';
    ctx.textBaseline = 'bottom';
    for (const tick of ticks) ctx.fillText(format(tick), edge + this.place(tick) * width, height);
    return canvas;
  }
}

/// The page's typeface on a canvas.
const FONT = (size, weight = 400) => `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Inter, "Helvetica Neue", Arial, "Liberation Sans", sans-serif`;
