/// Two columns of tokens, queries left and keys right, and a line for each weight; the token under the pointer shows its own lines only.
class Lines extends Surface {
  static MOST = 4000;      // lines drawn at once
  static FAINTEST = .002;  // weights below are not drawn for the token in focus either
  static TOP = 38;
  static LEVELS = 24;      // strengths that are told apart

  constructor(root, label, queries, keys) {
    super(root, label);
    this.sides = {
      query: { ...queries, texts: queries.labels.map(shown) },
      key: { ...keys, texts: keys.labels.map(shown) }
    };
    this.origin = Math.min(queries.first, keys.first);
    this.room = between(Surface.widest([...this.sides.query.texts, ...this.sides.key.texts], 13), 30, 190);
    this.zoom = 1;
    this.focus = null;
    this.leave = () => { tip.hide(); this.point(null); };
    root.addEventListener('blur', () => { tip.hide(); this.point(null); });
  }

  /// @param heads `[{name, colour(), weights}]`, weights `[query * keys + key]`
  /// @param threshold lines of smaller weights are left out
  show(heads, threshold) {
    this.heads = heads;
    const found = [], keys = this.sides.key.labels.length;
    heads.forEach((head, index) => {
      for (let at = 0; at < head.weights.length; at++)
        if (head.weights[at] >= threshold) found.push({ index, query: Math.floor(at / keys), key: at % keys, weight: head.weights[at] });
    });
    found.sort((a, b) => a.weight - b.weight);
    this.found = found.length;
    this.lines = found.slice(-Lines.MOST);
    this.resize();
  }

  get rowHeight() {
    const count = Math.max(this.sides.query.labels.length, this.sides.key.labels.length);
    return Math.round(between((this.height - Lines.TOP - 16) / count, 16, 30) * this.zoom);
  }

  extent() {
    const last = Math.max(...Object.values(this.sides).map(side => side.first + side.labels.length));
    return { width: 2 * this.room + 260, height: Lines.TOP + (last - this.origin) * this.rowHeight + 12 };
  }

  enlarge(factor) {
    this.zoom = factor === 0 ? 1 : between(this.zoom * factor, .5, 3);
    this.resize();
  }

  /// Where the two columns end and begin.
  columns() {
    const width = Math.max(this.width, this.extent().width), gap = between(width - 2 * this.room - 120, 140, 520);
    const left = (width - gap) / 2 - this.root.scrollLeft;
    return { left, right: left + gap };
  }

  y(side, index) { return Lines.TOP + (this.sides[side].first - this.origin + index + .5) * this.rowHeight - this.root.scrollTop; }

  pointer(x, y, event) {
    if (!this.heads) return;
    const { left, right } = this.columns(), side = x < (left + right) / 2 ? 'query' : 'key';
    const index = Math.floor((y - Lines.TOP + this.root.scrollTop) / this.rowHeight) + this.origin - this.sides[side].first;
    const near = side === 'query' ? x > left - this.room - 40 && x < left + 30 : x < right + this.room + 40 && x > right - 30;
    const hit = near && y >= Lines.TOP && index >= 0 && index < this.sides[side].labels.length;
    this.point(hit ? { side, index } : null);
    if (hit) tip.show(this.describe(side, index).content, event.clientX, event.clientY);
    else tip.hide();
  }

  point(focus) {
    if (focus?.side === this.focus?.side && focus?.index === this.focus?.index) return;
    this.focus = focus;
    this.invalidate();
  }

  key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || !this.heads) return false;
    const from = this.focus ?? { side: 'query', index: -1 };
    const side = arrow[1] < 0 ? 'query' : arrow[1] > 0 ? 'key' : from.side;
    this.visit(side, between(from.index + arrow[0], 0, this.sides[side].labels.length - 1));
    return true;
  }

  visit(side, index) {
    const y = this.y(side, index) + this.root.scrollTop;
    this.root.scrollTop = between(this.root.scrollTop, y + 2 * this.rowHeight - this.height, y - Lines.TOP - this.rowHeight);
    this.point({ side, index });
    const frame = this.root.getBoundingClientRect(), { left, right } = this.columns(), { content, sentence } = this.describe(side, index);
    tip.show(content, frame.left + (side === 'query' ? left : right), frame.top + this.y(side, index));
    say(sentence);
  }

  /// The mean over the heads of the weight between a token and one of the other side.
  weight(side, index, other) {
    const keys = this.sides.key.labels.length, at = side === 'query' ? index * keys + other : other * keys + index;
    return this.heads.reduce((sum, head) => sum + head.weights[at], 0) / this.heads.length;
  }

  describe(side, index) {
    const other = side === 'query' ? 'key' : 'query', there = this.sides[other], here = this.sides[side];
    const strongest = there.labels.map((_, i) => ({ i, weight: this.weight(side, index, i) })).filter(w => w.weight >= Lines.FAINTEST)
      .sort((a, b) => b.weight - a.weight).slice(0, 6);
    const verb = side === 'query' ? 'looks at' : 'is looked at by', number = index + here.first;
    const list = strongest.map(w => [w.weight.toFixed(3), token(there.labels[w.i]), make('span', 'place', ' ' + (w.i + there.first))]);
    return {
      content: [make('div', '', token(here.labels[index]), make('span', 'place', ` ${number}  ${verb}`)), pairs(...list)],
      sentence: `${shown(here.labels[index])}, ${side} ${number}, ${verb} ` + (strongest.map(w => `${shown(there.labels[w.i])} ${w.weight.toFixed(2)}`).join(', ') || 'nothing')
    };
  }

  draw(ctx, width, height) {
    if (!this.heads) return;
    const { left, right } = this.columns();
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, Lines.TOP - 6, width, height);
    ctx.clip();
    this.drawLines(ctx, this.focus ? this.ofFocus() : this.lines, left + 6, right - 6, height);
    ctx.globalAlpha = 1;
    for (const side of ['query', 'key']) this.drawTokens(ctx, side, side === 'query' ? left : right, height);
    ctx.restore();
    ctx.font = FONT(11);
    ctx.fillStyle = theme.muted;
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'right';
    ctx.fillText(this.sides.query.name, left, 18);
    ctx.textAlign = 'left';
    ctx.fillText(this.sides.key.name, right, 18);
    Object.assign(this.canvas.dataset, { left, right, top: Lines.TOP, rowHeight: this.rowHeight, lines: this.focus ? this.ofFocus().length : this.lines.length });
  }

  ofFocus() {
    const keys = this.sides.key.labels.length, { side, index } = this.focus, lines = [];
    this.heads.forEach((head, i) => {
      for (let other = 0; other < this.sides[side === 'query' ? 'key' : 'query'].labels.length; other++) {
        const [query, key] = side === 'query' ? [index, other] : [other, index], weight = head.weights[query * keys + key];
        if (weight >= Lines.FAINTEST) lines.push({ index: i, query, key, weight });
      }
    });
    return lines;
  }

  /// Lines of about the same weight are one path, as a thousand strokes would be slow; the strong ones come last and lie on top.
  drawLines(ctx, lines, left, right, height) {
    const bend = (right - left) * .42, fine = lines.length > 400, levels = Array.from({ length: Lines.LEVELS }, () => new Map());
    // Heads side by side, where there is room.
    const apart = Math.min(3, (this.rowHeight - 8) / this.heads.length);
    for (const line of lines) {
      const aside = (line.index - (this.heads.length - 1) / 2) * apart, from = this.y('query', line.query) + aside, to = this.y('key', line.key) + aside;
      if (Math.max(from, to) < Lines.TOP || Math.min(from, to) > height) continue;
      const paths = levels[Math.min(Lines.LEVELS - 1, Math.floor(Math.sqrt(line.weight) * Lines.LEVELS))];
      if (!paths.has(line.index)) paths.set(line.index, new Path2D());
      const path = paths.get(line.index);
      path.moveTo(left, from);
      path.bezierCurveTo(left + bend, from, right - bend, to, right, to);
    }
    levels.forEach((paths, level) => {
      const strength = ((level + .5) / Lines.LEVELS) ** 2;
      for (const [index, path] of paths) {
        ctx.strokeStyle = this.heads[index].colour();
        ctx.globalAlpha = fine ? .12 + .6 * strength : .1 + .87 * strength ** .75;
        ctx.lineWidth = fine ? .6 + strength : .6 + 2.6 * strength;
        ctx.stroke(path);
      }
    });
  }

  drawTokens(ctx, side, x, height) {
    const { texts, first } = this.sides[side], size = this.rowHeight, outwards = side === 'query' ? -1 : 1;
    const start = Math.max(0, Math.floor((this.root.scrollTop - Lines.TOP) / size) + this.origin - first - 1);
    ctx.textBaseline = 'middle';
    ctx.textAlign = side === 'query' ? 'right' : 'left';
    for (let i = start; i < texts.length; i++) {
      const y = this.y(side, i);
      if (y > height + size) break;
      const chosen = this.focus?.side === side && this.focus.index === i;
      if (this.focus && this.focus.side !== side) this.drawShare(ctx, i, x, y, outwards);
      if (chosen) {
        ctx.fillStyle = theme.soft;
        ctx.beginPath();
        ctx.roundRect(Math.min(x, x + outwards * (this.room + 12)), y - size / 2 + 1, this.room + 12, size - 2, 4);
        ctx.fill();
      }
      ctx.font = FONT(between(size - 6, 9, 13), chosen ? 600 : 400);
      ctx.fillStyle = theme.ink;
      Surface.write(ctx, texts[i], x + outwards * 6, y + .5, this.room);
    }
  }

  /// How much of the focus' attention this token has: a field per head behind its text, and the mean beside it.
  drawShare(ctx, other, x, y, outwards) {
    const { side, index } = this.focus, keys = this.sides.key.labels.length, size = this.rowHeight, width = (this.room + 12) / this.heads.length;
    this.heads.forEach((head, i) => {
      const weight = head.weights[side === 'query' ? index * keys + other : other * keys + index];
      ctx.globalAlpha = Math.min(1, weight) * .55;
      ctx.fillStyle = head.colour();
      ctx.fillRect(outwards > 0 ? x + i * width : x - (i + 1) * width, y - size / 2 + 1, width, size - 2);
    });
    ctx.globalAlpha = 1;
    const mean = this.weight(side, index, other);
    if (mean < .01) return;
    ctx.font = FONT(11);
    ctx.fillStyle = theme.muted;
    ctx.fillText(mean.toFixed(2), x + outwards * (this.room + 18), y + .5);
  }
}
