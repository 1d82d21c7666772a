/// A heat map with labels on both sides that stay in view.
///
/// `rows` and `columns` are `{name, labels, first}`; a label's number is its index plus `first`. `show` brings the numbers.
class Matrix extends Surface {
  static LABEL = 12;
  static NAME = 20;    // height of the line with the columns' name
  static SMALL = 10;   // below this size of a cell there is no room for labels, only for some numbers

  constructor(root, label, rows, columns, limits) {
    super(root, label);
    this.rows = { ...rows, texts: rows.labels.map(shown) };
    this.columns = { ...columns, texts: columns.labels.map(shown) };
    this.limits = limits;
    this.cursor = null;
    this.zoom = 1;
    const name = Surface.widest([rows.name + ' ↓'], Matrix.LABEL);
    this.labels = Math.ceil(between(Surface.widest(this.rows.texts, Matrix.LABEL), name, 150)) + 20;
    this.left = this.labels;
    this.widestColumn = Surface.widest(this.columns.texts, Matrix.LABEL);
    this.leave = () => { tip.hide(); this.point(null); };
    root.addEventListener('blur', () => { tip.hide(); this.point(null); });
  }

  /// @param data `{value(row, column), scale, text(row, column), describe(row, column)}`; text gives '' where nothing is to be written
  show(data) {
    this.data = data;
    this.picture = null;
    this.resize();
  }

  /// Cell size so that everything fits if it can, times the zoom.
  measure() {
    const { minimum, widest, highest } = this.limits;
    const fitWidth = (this.width - this.labels - 14) / this.columns.labels.length;
    let width = between(fitWidth, minimum.width, widest);
    this.top = this.bandHeight(width * this.zoom);
    let height = between((this.height - this.top - 12) / this.rows.labels.length, minimum.height, highest);
    if (this.limits.square) width = height = Math.max(minimum.width, Math.min(width, height));
    this.cell = { width: this.snap(width * this.zoom), height: this.snap(height * this.zoom) };
    this.top = this.bandHeight(this.cell.width);
    // In the middle, but rather to the left.
    this.left = this.labels + Math.max(0, Math.floor((this.width - this.labels - 14 - this.cell.width * this.columns.labels.length) * this.limits.shift));
  }

  /// Whole pixels, which keep edges sharp; small cells would waste too much room by it.
  snap(size) { return size >= 8 ? Math.floor(size) : size; }

  upright(width) { return this.widestColumn + 8 > width; }

  /// Above the cells: the axis' name and the labels.
  bandHeight(width) { return Matrix.NAME + (width >= Matrix.SMALL && this.upright(width) ? Math.ceil(Math.min(this.widestColumn, 120)) + 16 : 26); }

  extent() {
    this.measure();
    return { width: this.left + this.cell.width * this.columns.labels.length + 12, height: this.top + this.cell.height * this.rows.labels.length + 10 };
  }

  enlarge(factor) {
    this.zoom = factor === 0 ? 1 : between(this.zoom * factor, 1, 40);
    this.resize();
  }

  place(row, column) {
    return { x: this.left + column * this.cell.width - this.root.scrollLeft, y: this.top + row * this.cell.height - this.root.scrollTop };
  }

  hit(x, y) {
    const column = Math.floor((x - this.left + this.root.scrollLeft) / this.cell.width);
    const row = Math.floor((y - this.top + this.root.scrollTop) / this.cell.height);
    const inside = x >= this.left && y >= this.top && row < this.rows.labels.length && column < this.columns.labels.length;
    return inside ? { row, column } : null;
  }

  pointer(x, y, event) {
    if (!this.data) return;
    const cell = this.hit(x, y);
    this.point(cell);
    if (cell) tip.show(this.data.describe(cell.row, cell.column).content, event.clientX, event.clientY);
    else tip.hide();
  }

  point(cell) {
    if (cell?.row === this.cursor?.row && cell?.column === this.cursor?.column) return;
    this.cursor = cell;
    this.invalidate();
  }

  key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || !this.data) return false;
    const from = this.cursor ?? { row: 0, column: 0 };
    const step = this.cursor ? arrow : [0, 0];
    this.visit(between(from.row + step[0], 0, this.rows.labels.length - 1), between(from.column + step[1], 0, this.columns.labels.length - 1));
    return true;
  }

  /// Goes to a cell as the keyboard does: into view, with its tooltip, and said.
  visit(row, column) {
    const { width, height } = this.cell;
    const x = this.left + column * width, y = this.top + row * height;
    this.root.scrollLeft = between(this.root.scrollLeft, x + width - this.width, x - this.left);
    this.root.scrollTop = between(this.root.scrollTop, y + height - this.height, y - this.top);
    this.point({ row, column });
    const frame = this.root.getBoundingClientRect(), at = this.place(row, column), { content, sentence } = this.data.describe(row, column);
    tip.show(content, frame.left + at.x + width, frame.top + at.y + height);
    say(sentence);
  }

  /// The whole matrix, a pixel per cell.
  paintPicture() {
    const rows = this.rows.labels.length, columns = this.columns.labels.length;
    const canvas = make('canvas');
    canvas.width = columns;
    canvas.height = rows;
    const image = new ImageData(columns, rows), { scale } = this.data;
    for (let row = 0, at = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, at += 4) {
        const step = scale.step(this.data.value(row, column));
        if (step < 0) continue;
        image.data[at] = scale.table[3 * step];
        image.data[at + 1] = scale.table[3 * step + 1];
        image.data[at + 2] = scale.table[3 * step + 2];
        image.data[at + 3] = 255;
      }
    }
    canvas.getContext('2d').putImageData(image, 0, 0);
    return canvas;
  }

  draw(ctx, width, height) {
    if (!this.data) return;
    const { root, cell, left, top } = this;
    const first = { row: Math.floor(root.scrollTop / cell.height), column: Math.floor(root.scrollLeft / cell.width) };
    const last = {
      row: Math.min(this.rows.labels.length, Math.ceil((root.scrollTop + height - top) / cell.height)),
      column: Math.min(this.columns.labels.length, Math.ceil((root.scrollLeft + width - left) / cell.width))
    };
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width - left, height - top);
    ctx.clip();
    if (Math.min(cell.width, cell.height) >= 12) this.drawCells(ctx, first, last);
    else this.drawPicture(ctx, first, last);
    this.drawCursor(ctx);
    ctx.restore();
    this.drawRowLabels(ctx, first.row, last.row, height);
    this.drawColumnLabels(ctx, first.column, last.column, width);
    Object.assign(this.canvas.dataset, { left, top, cellWidth: cell.width, cellHeight: cell.height, rows: this.rows.labels.length, columns: this.columns.labels.length });
  }

  drawPicture(ctx, first, last) {
    this.picture ??= this.paintPicture();
    const at = this.place(first.row, first.column), columns = last.column - first.column, rows = last.row - first.row;
    ctx.imageSmoothingEnabled = false;
    if (rows > 0 && columns > 0) ctx.drawImage(this.picture, first.column, first.row, columns, rows, at.x, at.y, columns * this.cell.width, rows * this.cell.height);
  }

  drawCells(ctx, first, last) {
    const { width, height } = this.cell, { scale } = this.data, gap = Math.min(width, height) >= 20 ? 2 : 1;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.font = FONT(between(height * .56, 9, 12));
    for (let row = first.row; row < last.row; row++) {
      for (let column = first.column; column < last.column; column++) {
        const value = this.data.value(row, column), at = this.place(row, column);
        ctx.fillStyle = scale.css(value);
        ctx.beginPath();
        ctx.roundRect(at.x + gap / 2, at.y + gap / 2, width - gap, height - gap, gap);
        ctx.fill();
        const text = this.data.text(row, column, width);
        if (!text) continue;
        ctx.fillStyle = scale.ink(value);
        Surface.write(ctx, text, at.x + width / 2, at.y + height / 2 + .5, width - 4);
      }
    }
  }

  drawCursor(ctx) {
    if (!this.cursor) return;
    const at = this.place(this.cursor.row, this.cursor.column), { width, height } = this.cell;
    ctx.fillStyle = theme.ink;
    ctx.globalAlpha = .07;
    ctx.fillRect(this.left, at.y, Math.min(this.width, this.columns.labels.length * width - this.root.scrollLeft), height);
    ctx.fillRect(at.x, this.top, width, Math.min(this.height, this.rows.labels.length * height - this.root.scrollTop));
    ctx.globalAlpha = 1;
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(at.x - .5, at.y - .5, Math.max(width, 3) + 1, Math.max(height, 3) + 1);
  }

  drawRowLabels(ctx, first, last, height) {
    const size = this.cell.height, room = this.labels - 16;
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, this.top - 7, this.left, height - this.top + 7);
    ctx.clip();
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    const every = size >= Matrix.SMALL ? 1 : Matrix.every(size, 26);
    for (let row = first; row < last; row++) {
      const number = row + this.rows.first;
      if (every > 1 && number % every || this.cursor?.row === row) continue;
      ctx.font = FONT(every > 1 ? 10.5 : between(size - 1, 9, Matrix.LABEL));
      ctx.fillStyle = theme.muted;
      Surface.write(ctx, every > 1 ? String(number) : this.rows.texts[row], this.left - 9, this.place(row, 0).y + size / 2 + .5, room);
    }
    if (this.cursor) this.drawChosen(ctx, this.rows.texts[this.cursor.row], this.left - 9, this.place(this.cursor.row, 0).y + size / 2 + .5, room, 'right');
    ctx.restore();
    ctx.font = FONT(11);
    ctx.fillStyle = theme.muted;
    ctx.textBaseline = 'alphabetic';
    ctx.textAlign = 'right';
    Surface.write(ctx, this.rows.name + ' ↓', this.left - 9, this.top - 9, room);
    ctx.textAlign = 'left';
    ctx.fillText(this.columns.name + ' →', this.left + 1, 14);
  }

  drawColumnLabels(ctx, first, last, width) {
    const size = this.cell.width, upright = size >= Matrix.SMALL && this.upright(size), every = size >= Matrix.SMALL ? 1 : Matrix.every(size, 34);
    ctx.save();
    ctx.beginPath();
    ctx.rect(this.left - 9, Matrix.NAME, width - this.left + 9, this.top - Matrix.NAME);
    ctx.clip();
    ctx.textBaseline = 'middle';
    for (let column = first; column < last; column++) {
      const number = column + this.columns.first;
      if (every > 1 && number % every || this.cursor?.column === column) continue;
      ctx.font = FONT(every > 1 ? 10.5 : between(size - 1, 9, Matrix.LABEL));
      ctx.fillStyle = theme.muted;
      this.drawColumnLabel(ctx, every > 1 ? String(number) : this.columns.texts[column], column, upright);
    }
    if (this.cursor) {
      ctx.font = FONT(Matrix.LABEL, 600);
      ctx.fillStyle = theme.ink;
      if (upright) this.drawColumnLabel(ctx, this.columns.texts[this.cursor.column], this.cursor.column, upright);
      else this.drawChosen(ctx, this.columns.texts[this.cursor.column], this.place(0, this.cursor.column).x + size / 2, this.top - 13, 160, 'center');
    }
    ctx.restore();
  }

  drawColumnLabel(ctx, text, column, upright) {
    const x = this.place(0, column).x + this.cell.width / 2;
    ctx.save();
    ctx.translate(x, this.top - (upright ? 8 : 13));
    if (upright) ctx.rotate(-Math.PI / 2);
    ctx.textAlign = upright ? 'left' : 'center';
    Surface.write(ctx, text, 0, 0, upright ? this.top - Matrix.NAME - 10 : 90);
    ctx.restore();
  }

  /// The label of the cursor's row or column, on a ground of its own: it may stand where others are.
  drawChosen(ctx, text, x, y, room, align) {
    ctx.font = FONT(Matrix.LABEL, 600);
    const width = Math.min(room, ctx.measureText(text).width);
    ctx.fillStyle = theme.panel;
    ctx.fillRect(align === 'right' ? x - width - 3 : x - width / 2 - 3, y - 8, width + 6, 16);
    ctx.fillStyle = theme.ink;
    ctx.textAlign = align;
    Surface.write(ctx, text, x, y, room);
  }

  /// 5, 10, 20, 50, ...: the first that leaves `room` pixels.
  static every(size, room) {
    for (let power = 1; ; power *= 10)
      for (const step of [power, 2 * power, 5 * power]) if (step > 1 && step * size >= room) return step;
  }
}
