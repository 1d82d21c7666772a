package dev.oriel.ops;

import java.util.List;
import java.util.function.Consumer;

/// The whole numeric vocabulary of a forward pass, over memory that only the implementation can see. [ScalarOps] is its specification.
///
/// A pass costs one transfer in ([#tokens]) and one out for each sequence ([#read] of its logits); everything between runs on handles. Every output row is summed in one
/// fixed order, so a token's results are the same bits whatever other rows, threads or chunks surround it. Not thread-safe: one pass at a time.
///
/// `n` is always the number of live rows; shapes in comments are `[rows, columns]`.
public interface Ops extends AutoCloseable {

    /// Which implementation runs, for people: `vector 512-bit, 2 threads`.
    String name();

    // ---- memory

    /// Packs stored matrices of equal width, stacked by rows, for [#matmul], [#embed] and [#experts]. The stored bytes may be released afterwards.
    Matrix pack(List<Tensor> parts);

    /// The same, and says of rows, some after the others, that their stored numbers are not needed any more: a large tensor then need not be in memory twice.
    default Matrix pack(List<Tensor> parts, Consumer<Tensor> done) {
        Matrix packed = pack(parts);
        parts.forEach(done);
        return packed;
    }

    /// Allocates activations `[capacity, width]`, zero filled.
    Rows rows(int capacity, int width);

    /// An empty cache.
    Cache cache(Cache.Shape shape);

    /// The transfer in: ids and positions of a pass's rows, and the ascending rows whose output is wanted.
    Tokens tokens(int[] ids, int[] positions, int[] outputs);

    /// Copies `n * width` floats from `from` into rows `[0, n)`.
    void write(float[] from, Rows to, int n);

    /// Copies rows `[0, n)` into `to`, row after row: the transfer out.
    void read(Rows from, int n, float[] to);

    // ---- linear

    /// `out[i] = table[id of token i]`
    void embed(Matrix table, Tokens tokens, Rows out);

    /// `out[i] += table[position of token i]`
    void addPositions(Matrix table, Tokens tokens, Rows out);

    /// out = x · wᵀ + bias: x [n, w.columns], out [n, w.rows]; bias `[1, w.rows]` or null.
    void matmul(Matrix w, Rows bias, Rows x, Rows out, int n);

    /// `out[j] = x[row of output j]`: out `[tokens.outputs, width]`
    void pick(Tokens tokens, Rows x, Rows out);

    // ---- norms

    /// [#normScale], [#normalize] and [#affine] in one, with the same bits; x and out may be the same rows.
    void norm(Norm norm, Rows x, Rows out, int n);

    /// x = x + more, then out = norm(x): both in one reading of the rows where there are kernels for that, with the same bits.
    default void addNorm(Rows more, Norm norm, Rows x, Rows out, int n) {
        add(x, more, x, n);
        norm(norm, x, out, n);
    }

    /// scale = sqrt(mean(x²) + epsilon) per group, of the centred x for a layer norm: scale `[n, x.width / norm.width]`
    void normScale(Norm norm, Rows x, Rows scale, int n);

    /// out = x / scale, x centred first for a layer norm.
    void normalize(Norm norm, Rows x, Rows scale, Rows out, int n);

    /// out = x * weight + bias, group by group.
    void affine(Norm norm, Rows x, Rows out, int n);

    // ---- attention

    /// Rotates every head of x in place by its token's position.
    void rope(Rope rope, Tokens tokens, Rows x, int n);

    /// Appends the keys `[span, kvHeads * keyDim]` and values of a span's rows to their sequence's cache.
    void store(Cache cache, Tokens tokens, Span span, Rows keys, Rows values);

    /// z[i, head] = softmax(scores) · values for a span's rows, whose keys are stored already: q `[_, heads * keyDim]`, z `[_, heads * valueDim]`.
    void attend(Attention attention, Cache cache, Tokens tokens, Span span, Rows q, Rows z);

    /// The open twin of [#attend], first part: scores `[heads * span.count, cache.slots]`, row `head * span.count + i`; -inf where a query does not see a slot.
    void scores(Attention attention, Cache cache, Tokens tokens, Span span, Rows q, Rows scores);

    /// Softmax of each of the first n rows in place, over `scores.width` columns; -inf becomes 0, a row of only -inf becomes all 0.
    void softmax(Rows scores, int n);

    /// The open twin's second part: scores to pattern in place, a softmax over slots with the head's sink beside them; rows as [#scores] laid them out.
    void pattern(Attention attention, Span span, Rows scores);

    /// The open twin's last part: z = pattern · values; pattern as [#scores] laid it out.
    void weigh(Attention attention, Cache cache, Span span, Rows pattern, Rows z);

    // ---- elementwise

    /// out = f(x)
    void activate(Nonlinearity f, Rows x, Rows out, int n);

    /// out = f(gate) * up
    void gate(Nonlinearity f, Rows gate, Rows up, Rows out, int n);

    /// out = a + b; out may be a or b.
    void add(Rows a, Rows b, Rows out, int n);

    /// x = x * factor
    void scale(Rows x, float factor, int n);

    /// out[h * outEvery + c] = x[h * xEvery + c] for c below `width` and every head h that out has room for: parts of heads that lie apart are put together.
    /// With an `xEvery` of 0 all heads get the same columns.
    void spread(Rows x, int xEvery, Rows out, int outEvery, int width, int n);

    /// `x[i] = x[i] * sigmoid(logits[i])`: logits `[n, 1]`
    void damp(Rows logits, Rows x, int n);

    /// x = x, kept within ±limit
    void clamp(Rows x, float limit, int n);

    /// x = cap * tanh(x / cap)
    void softCap(Rows x, float cap, int n);

    // ---- experts

    /// Router logits `[n, experts]` to probabilities (softmax over all experts), in place.
    /// Then [#experts] reads them: so a probe can look at, and change, what the router decided.
    default void route(Rows logits, int n) { softmax(logits, n); }

    /// out = Σ over the routing's kept experts of weight · down(gating(gate(x), up(x))): x and out `[n, model]`, probabilities `[n, experts]`; of equal probabilities the lower expert is kept.
    void experts(Experts experts, Routing routing, Rows probabilities, Rows x, Rows out, int n);

    /// Frees every matrix and row; caches and tokens are closed by their owners.
    @Override
    void close();
}
