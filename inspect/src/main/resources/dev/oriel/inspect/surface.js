/// A canvas as large as its scrolling frame, on which a subclass draws the part in view of something that may be far larger.
///
/// Subclasses have `draw(ctx, width, height)`, `extent()` (the size of the whole), `pointer(x, y, event)`, `leave()` and `key(event)`.
class Surface {
  constructor(root, label) {
    this.root = root;
    this.canvas = make('canvas');
    this.box = make('div', 'extent', this.canvas);
    root.append(this.box);
    root.tabIndex = 0;
    root.setAttribute('role', 'application');
    root.setAttribute('aria-label', label);
    this.invalidate = eachFrame(() => this.paint());
    this.pointed = null;
    const follow = eachFrame(() => { if (this.pointed) this.pointer(this.pointed.x, this.pointed.y, this.pointed.event); });
    root.addEventListener('scroll', () => { this.invalidate(); follow(); });
    root.addEventListener('pointermove', event => { this.pointed = this.at(event); follow(); });
    root.addEventListener('pointerleave', () => { this.pointed = null; this.leave(); });
    root.addEventListener('keydown', event => { if (this.key(event)) event.preventDefault(); });
    // At once, not in the next frame: the browser has laid out, but not painted yet.
    new ResizeObserver(() => { this.resize(); this.paint(); }).observe(root);
    theme.listeners.push(() => this.invalidate());
  }

  at(event) {
    const frame = this.root.getBoundingClientRect();
    return { x: event.clientX - frame.left - this.root.clientLeft, y: event.clientY - frame.top - this.root.clientTop, event };
  }

  get width() { return this.root.clientWidth; }
  get height() { return this.root.clientHeight; }

  resize() {
    const { width, height } = this.extent();
    this.box.style.width = Math.ceil(width) + 'px';
    this.box.style.height = Math.ceil(height) + 'px';
    this.invalidate();
  }

  paint() {
    const { width, height } = this;
    if (!width || !height) return;
    const ratio = devicePixelRatio;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.canvas.style.width = width + 'px';
      this.canvas.style.height = height + 'px';
    }
    const ctx = this.canvas.getContext('2d');
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = theme.panel;
    ctx.fillRect(0, 0, width, height);
    ctx.direction = 'ltr';
    this.draw(ctx, width, height);
  }

  /// A text that ends in … where it is longer than `room`.
  static write(ctx, text, x, y, room) {
    if (ctx.measureText(text).width > room) {
      const all = Array.from(text);
      let low = 0, high = all.length;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (ctx.measureText(all.slice(0, middle).join('') + '…').width <= room) low = middle; else high = middle - 1;
      }
      text = all.slice(0, low).join('') + '…';
    }
    ctx.fillText(text, x, y);
  }

  static widest(labels, size) {
    const ctx = Surface.measure ??= make('canvas').getContext('2d');
    ctx.font = FONT(size);
    return labels.reduce((most, label) => Math.max(most, ctx.measureText(label).width), 0);
  }
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const between = (value, low, high) => Math.max(low, Math.min(high, value));
