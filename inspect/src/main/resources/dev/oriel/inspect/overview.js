/// All heads as small pictures: a row per layer, a column per head. The largest weight in a pixel's square decides its colour.
class Overview extends Surface {
  static LEFT = 34;
  static TOP = 26;

  /// @param layers `[{number, heads}]`
  /// @param pixels `[layer, head, row, column]`
  /// @param side   `{rows, columns}` of a picture
  /// @param choose called with a layer's index, a head's index and whether it is to be added to those chosen
  constructor(root, layers, pixels, side, choose) {
    super(root, 'All heads; arrows choose one');
    Object.assign(this, { layers, pixels, side, choose });
    let count = 0;
    this.starts = layers.map(layer => { const start = count; count += layer.heads.length; return start; });
    this.hovered = null;
    this.leave = () => { tip.hide(); this.hovered = null; this.invalidate(); };
    root.addEventListener('click', event => {
      const at = this.at(event), cell = this.hit(at.x, at.y);
      if (cell) choose(cell.layer, cell.head, event.shiftKey || event.ctrlKey || event.metaKey);
    });
    theme.listeners.push(() => { this.pictures = null; });
    this.filter(undefined, undefined);
  }

  /// @param layers numbers to show, undefined for all
  filter(layers, heads) {
    this.shownLayers = this.layers.map((layer, index) => index).filter(index => !layers || layers.has(this.layers[index].number));
    const numbers = new Set(this.shownLayers.flatMap(index => this.layers[index].heads));
    this.shownHeads = [...numbers].filter(head => !heads || heads.has(head)).sort((a, b) => a - b);
    this.cells = this.shownLayers.reduce((sum, index) => sum + this.layers[index].heads.filter(head => this.shownHeads.includes(head)).length, 0);
    const columns = this.shownHeads.length, preferred = columns <= 4 ? 84 : columns <= 9 ? 44 : columns <= 16 ? 32 : 20;
    this.root.style.width = innerWidth > 900 ? Math.min(innerWidth * .4, Overview.LEFT + columns * (preferred + this.gap) + 24) + 'px' : '';
    this.resize();
  }

  get gap() { return this.shownHeads.length > 16 ? 2 : 5; }

  get size() {
    const room = (this.width - Overview.LEFT - 12) / Math.max(1, this.shownHeads.length) - this.gap;
    return Math.floor(between(room, 14, 96));
  }

  extent() {
    const step = this.size + this.gap;
    return { width: Overview.LEFT + this.shownHeads.length * step + 6, height: Overview.TOP + this.shownLayers.length * step + 8 };
  }

  hit(x, y) {
    const step = this.size + this.gap;
    const column = Math.floor((x - Overview.LEFT + this.root.scrollLeft) / step), row = Math.floor((y - Overview.TOP + this.root.scrollTop) / step);
    if (x < Overview.LEFT || y < Overview.TOP || row >= this.shownLayers.length || column >= this.shownHeads.length) return null;
    const layer = this.shownLayers[row], head = this.layers[layer].heads.indexOf(this.shownHeads[column]);
    return head < 0 ? null : { layer, head };
  }

  pointer(x, y, event) {
    this.hovered = this.hit(x, y);
    this.invalidate();
    if (this.hovered) tip.show([make('div', '', this.name(this.hovered))], event.clientX, event.clientY);
    else tip.hide();
  }

  name({ layer, head }) { return `layer ${this.layers[layer].number}, head ${this.layers[layer].heads[head]}`; }

  key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || !this.cells) return false;
    let row = this.shownLayers.indexOf(this.chosen.layer), column = this.shownHeads.indexOf(this.layers[this.chosen.layer].heads[this.chosen.heads[0]]);
    row = between(row + arrow[0], 0, this.shownLayers.length - 1);
    column = between(column + arrow[1], 0, this.shownHeads.length - 1);
    const layer = this.shownLayers[row], head = this.layers[layer].heads.indexOf(this.shownHeads[column]);
    if (head >= 0) {
      this.choose(layer, head, false);
      say(this.name({ layer, head }));
    }
    return true;
  }

  /// @param chosen `{layer, heads}`, indices
  mark(chosen) {
    this.chosen = chosen;
    const row = this.shownLayers.indexOf(chosen.layer), step = this.size + this.gap, y = Overview.TOP + row * step;
    if (row >= 0) this.root.scrollTop = between(this.root.scrollTop, y + 2 * step - this.height, y - Overview.TOP - step / 2);
    this.invalidate();
  }

  /// The picture of a head, painted when it is first seen.
  picture(layer, head) {
    const number = this.starts[layer] + head, pictures = this.pictures ??= new Map();
    if (pictures.has(number)) return pictures.get(number);
    const { rows, columns } = this.side, canvas = make('canvas'), image = new ImageData(columns, rows), { table } = new Scale('sequential', 0, 1);
    canvas.width = columns;
    canvas.height = rows;
    for (let i = 0; i < rows * columns; i++) {
      const step = 3 * this.pixels[number * rows * columns + i];
      image.data.set([table[step], table[step + 1], table[step + 2], 255], 4 * i);
    }
    canvas.getContext('2d').putImageData(image, 0, 0);
    pictures.set(number, canvas);
    return canvas;
  }

  draw(ctx, width, height) {
    const { size, root } = this, step = size + this.gap;
    ctx.save();
    ctx.beginPath();
    ctx.rect(Overview.LEFT - 4, Overview.TOP - 4, width, height);
    ctx.clip();
    this.shownLayers.forEach((layer, row) => {
      const y = Overview.TOP + row * step - root.scrollTop;
      if (y < -step || y > height) return;
      this.shownHeads.forEach((number, column) => {
        const head = this.layers[layer].heads.indexOf(number);
        if (head >= 0) this.drawHead(ctx, layer, head, Overview.LEFT + column * step - root.scrollLeft, y, size);
      });
    });
    ctx.restore();
    this.drawNumbers(ctx, size, step, width, height);
    Object.assign(this.canvas.dataset, { left: Overview.LEFT, top: Overview.TOP, step, cells: this.cells });
  }

  drawHead(ctx, layer, head, x, y, size) {
    ctx.imageSmoothingEnabled = this.side.rows > size;
    ctx.imageSmoothingQuality = 'high';
    ctx.drawImage(this.picture(layer, head), x, y, size, size);
    const chosen = this.chosen?.layer === layer && this.chosen.heads.includes(head), hovered = this.hovered?.layer === layer && this.hovered.head === head;
    if (!chosen && !hovered) return;
    ctx.strokeStyle = chosen ? theme.accent : theme.muted;
    ctx.lineWidth = chosen ? 2.5 : 1;
    ctx.strokeRect(x - 1.5, y - 1.5, size + 3, size + 3);
  }

  drawNumbers(ctx, size, step, width, height) {
    ctx.font = FONT(11);
    ctx.textBaseline = 'middle';
    const write = (text, x, y, chosen) => {
      ctx.fillStyle = chosen ? theme.ink : theme.muted;
      ctx.fillText(text, x, y);
    };
    ctx.textAlign = 'right';
    this.shownLayers.forEach((layer, row) => {
      const y = Overview.TOP + row * step + size / 2 - this.root.scrollTop;
      if (y > Overview.TOP && y < height + 8) write(this.layers[layer].number, Overview.LEFT - 9, y, this.chosen?.layer === layer);
    });
    ctx.textAlign = 'center';
    this.shownHeads.forEach((number, column) => {
      const x = Overview.LEFT + column * step + size / 2 - this.root.scrollLeft;
      if (x > Overview.LEFT) write(number, x, 13, false);
    });
  }
}
