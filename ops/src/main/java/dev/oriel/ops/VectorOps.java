package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Every operation with the JDK's Vector API on packed weights, shared by [Workers]: checks shapes, cuts the work and calls the kernels.
///
/// To be loaded only where the module `jdk.incubator.vector` is.
final class VectorOps implements HostOps {
    private final Workers workers;
    private final Scratch[] scratch;
    private final Packer packer;
    /// Or null.
    private final EmittedProducts products;
    private final EmittedRows rowKernels;
    private final String notEmitted;
    private final Multiplication multiplication;
    private final ExpertMixture mixture;
    private final FusedAttention attentions;
    private final RopeKernel ropes = new RopeKernel();
    private final List<TiledMatrix> matrices = new ArrayList<>();
    private final Set<Runnable> allocated = ConcurrentHashMap.newKeySet();
    private boolean closed;

    VectorOps(Backend.Options options) { this(options, EmittedChoice.none()); }

    /// @param choice kernels for products, which are closed with this
    VectorOps(Backend.Options options, EmittedChoice choice) {
        workers = new Workers(options.threads());
        scratch = new Scratch[workers.count()];
        for (int i = 0; i < scratch.length; i++) scratch[i] = new Scratch();
        packer = new Packer(workers, choice.emitted());
        products = choice.emitted() == null ? null : new EmittedProducts(choice.emitted(), choice.products(), workers, scratch, options.exact());
        rowKernels = choice.emitted() == null ? null : new EmittedRows(choice.emitted(), choice.rows(), workers.count());
        notEmitted = choice.reason();
        multiplication = new Multiplication(workers, scratch, options.exact(), products);
        attentions = new FusedAttention(workers, scratch, choice.emitted() == null ? null : new EmittedAttention(choice.emitted(), choice.attention(), workers.count()));
        mixture = new ExpertMixture(multiplication, this::gateRows, allocated);
    }

    @Override
    public String name() {
        String name = "vector " + Lanes.BITS + "-bit, " + workers.count() + (workers.count() == 1 ? " thread" : " threads");
        if (products != null && products.refusal() == null) name = "emitted " + products.name() + ", " + name;
        String reason = Stream.of(notEmitted, products == null ? null : products.refusal(), attentions.refusal(), rowKernels == null ? null : rowKernels.refusal())
            .filter(Objects::nonNull).findFirst().orElse(null);
        return reason == null ? name : name + " (" + reason + ")";
    }

    // ---- memory

    @Override
    public Matrix pack(List<Tensor> parts) { return pack(parts, _ -> {}); }

    @Override
    public Matrix pack(List<Tensor> parts, Consumer<Tensor> done) {
        TiledMatrix matrix = packer.pack(parts, done);
        matrices.add(matrix);
        return matrix;
    }

    @Override
    public Rows rows(int capacity, int width) { return HostRows.allocate(capacity, width, allocated); }

    // ---- linear

    @Override
    public void embed(Matrix table, Tokens tokens, Rows out) {
        int[] ids = ((HostTokens) tokens).ids();
        HostRows target = HostRows.live(out, ids.length, table.columns(), "embed");
        each(ids.length, table.columns(), (i, worker) -> target.write(i, scratch[worker].row(tiled(table, "embed"), ids[i])));
    }

    @Override
    public void addPositions(Matrix table, Tokens tokens, Rows out) {
        int[] positions = ((HostTokens) tokens).positions();
        int width = table.columns();
        HostRows target = HostRows.live(out, positions.length, width, "addPositions");
        each(positions.length, width, (i, worker) -> {
            MemorySegment row = scratch[worker].memory((long) width * Float.BYTES);
            MemorySegment.copy(scratch[worker].row(tiled(table, "addPositions"), positions[i]), 0, row, HostRows.FLOAT, 0, width);
            Elementwise.add(target.segment(), target.offset(i), row, 0, target.segment(), target.offset(i), width);
        });
    }

    @Override
    public void matmul(Matrix w, Rows bias, Rows x, Rows out, int n) {
        HostRows addend = bias == null ? null : HostRows.live(bias, 1, w.rows(), "matmul bias");
        HostRows target = HostRows.live(out, n, w.rows(), "matmul out");
        multiplication.multiply(tiled(w, "matmul"), addend, HostRows.live(x, n, w.columns(), "matmul x"), target, n);
    }

    private static TiledMatrix tiled(Matrix matrix, String operand) {
        if (matrix instanceof TiledMatrix tiled) return tiled;
        throw new IllegalArgumentException(operand + ": a matrix of another backend");
    }

    // ---- norms

    @Override
    public void norm(Norm norm, Rows x, Rows out, int n) { norm(null, norm, x, out, n); }

    @Override
    public void addNorm(Rows more, Norm norm, Rows x, Rows out, int n) { norm(HostRows.live(more, n, x.width(), "norm more"), norm, x, out, n); }

    private void norm(HostRows more, Norm norm, Rows x, Rows out, int n) {
        HostRows source = grouped(norm, x, n);
        HostRows target = HostRows.live(out, n, x.width(), "norm out");
        each(n, x.width(), (row, worker) -> {
            if (rowKernels == null || !rowKernels.norm(more, norm, source, target, row, worker)) NormKernel.norm(more, norm, source, target, row, scratch[worker].lanes);
        });
    }

    @Override
    public void normScale(Norm norm, Rows x, Rows scale, int n) {
        HostRows source = grouped(norm, x, n);
        HostRows target = HostRows.live(scale, n, x.width() / norm.width(), "norm scale");
        each(n, x.width(), (row, worker) -> NormKernel.normScale(norm, source, target, row, scratch[worker].lanes));
    }

    @Override
    public void normalize(Norm norm, Rows x, Rows scale, Rows out, int n) {
        HostRows source = grouped(norm, x, n);
        HostRows scales = HostRows.live(scale, n, x.width() / norm.width(), "norm scale");
        HostRows target = HostRows.live(out, n, x.width(), "norm out");
        each(n, x.width(), (row, worker) -> NormKernel.normalize(norm, source, scales, target, row, scratch[worker].lanes));
    }

    @Override
    public void affine(Norm norm, Rows x, Rows out, int n) {
        HostRows source = grouped(norm, x, n);
        HostRows target = HostRows.live(out, n, x.width(), "norm out");
        each(n, x.width(), (row, worker) -> NormKernel.affine(norm, source, target, row));
    }

    private static HostRows grouped(Norm norm, Rows x, int n) {
        HostRows rows = HostOps.grouped(norm, x, n);
        ScalarNorms.parameter(norm, norm.weight(), x.width(), "norm weight");
        ScalarNorms.parameter(norm, norm.bias(), x.width(), "norm bias");
        return rows;
    }

    // ---- attention

    @Override
    public void rope(Rope rope, Tokens tokens, Rows x, int n) {
        HostRows rows = HostRows.live(x, n, "rope");
        int[] positions = ((HostTokens) tokens).positions();
        MemorySegment[] table = ropes.table(rope, positions);
        each(n, x.width(), (row, worker) -> {
            MemorySegment turns = table[positions[row]];
            int pairs = rope.frequencies().length;
            for (int column = rope.first(); column < rows.width(); column += rope.headDim())
                if (rowKernels == null || !rowKernels.turn(rows, row, column, turns, pairs, worker))
                    RopeKernel.turn(rows.segment(), rows.offset(row) + (long) column * Float.BYTES, turns, pairs);
        });
    }

    @Override
    public void store(Cache cache, Tokens tokens, Span span, Rows keys, Rows values) {
        HostCache host = (HostCache) cache;
        Cache.Shape shape = host.shape();
        HostRows k = HostRows.live(keys, span.end(), shape.kvHeads() * shape.keyDim(), "store keys");
        HostRows v = HostRows.live(values, span.end(), shape.kvHeads() * shape.valueDim(), "store values");
        workers.share(shape.kvHeads(), (long) span.count() * (k.width() + v.width()), (head, worker) -> host.append(head, (HostTokens) tokens, span, k, v));
    }

    @Override
    public void attend(Attention attention, Cache cache, Tokens tokens, Span span, Rows q, Rows z) {
        HostRows queries = HostOps.queries(attention, span, q);
        HostRows out = HostOps.results(attention, span, z);
        attentions.attend(attention, (HostCache) cache, (HostTokens) tokens, span, queries, out);
    }

    @Override
    public void scores(Attention attention, Cache cache, Tokens tokens, Span span, Rows q, Rows scores) {
        HostRows queries = HostOps.queries(attention, span, q);
        HostRows out = HostRows.live(scores, attention.heads() * span.count(), cache.slots(), "scores");
        attentions.scores(attention, (HostCache) cache, (HostTokens) tokens, span, queries, out);
    }

    @Override
    public void softmax(Rows scores, int n) {
        HostRows rows = HostRows.live(scores, n, "softmax");
        each(n, scores.width(), (row, worker) -> Reductions.softmax(rows.segment(), rows.offset(row), rows.width(), Float.NEGATIVE_INFINITY, scratch[worker].lanes));
    }

    @Override
    public void pattern(Attention attention, Span span, Rows scores) {
        int n = attention.heads() * span.count();
        HostRows rows = HostRows.live(scores, n, "pattern");
        each(n, scores.width(), (row, worker) ->
            Reductions.softmax(rows.segment(), rows.offset(row), rows.width(), attention.sink(row / span.count()), scratch[worker].lanes));
    }

    @Override
    public void weigh(Attention attention, Cache cache, Span span, Rows pattern, Rows z) {
        HostRows weights = HostRows.live(pattern, attention.heads() * span.count(), cache.slots(), "pattern");
        HostRows out = HostOps.results(attention, span, z);
        attentions.weigh(attention, (HostCache) cache, span, weights, out);
    }

    // ---- elementwise

    @Override
    public void activate(Nonlinearity f, Rows x, Rows out, int n) {
        HostRows source = HostRows.live(x, n, "activate x");
        HostRows target = HostRows.live(out, n, x.width(), "activate out");
        each(n, x.width(), (row, worker) -> {
            if (rowKernels == null || !rowKernels.bend(f, source, null, target, row, worker))
                Elementwise.activate(f, source.segment(), source.offset(row), target.segment(), target.offset(row), source.width());
        });
    }

    @Override
    public void gate(Nonlinearity f, Rows gate, Rows up, Rows out, int n) {
        gateRows(Gating.of(f), HostRows.live(gate, n, "gate"), HostRows.live(up, n, gate.width(), "gate up"), HostRows.live(out, n, gate.width(), "gate out"), n);
    }

    /// By way of scratch memory, because out may be up.
    private void gateRows(Gating gating, HostRows gate, HostRows up, HostRows out, int n) {
        int width = gate.width();
        each(n, width, (row, worker) -> {
            if (rowKernels != null && gating.plain() && rowKernels.bend(gating.f(), gate, up, out, row, worker)) return;
            MemorySegment activated = scratch[worker].memory((long) width * Float.BYTES);
            Elementwise.gate(gating, gate.segment(), gate.offset(row), activated, 0, up.segment(), up.offset(row), out.segment(), out.offset(row), width);
        });
    }

    @Override
    public void add(Rows a, Rows b, Rows out, int n) {
        HostRows left = HostRows.live(a, n, "add a");
        HostRows right = HostRows.live(b, n, a.width(), "add b");
        HostRows target = HostRows.live(out, n, a.width(), "add out");
        each(n, a.width(), (row, worker) -> {
            if (rowKernels == null || !rowKernels.add(left, right, target, row, worker))
                Elementwise.add(left.segment(), left.offset(row), right.segment(), right.offset(row), target.segment(), target.offset(row), left.width());
        });
    }

    @Override
    public void scale(Rows x, float factor, int n) {
        HostRows rows = HostRows.live(x, n, "scale");
        each(n, x.width(), (row, worker) -> {
            if (rowKernels == null || !rowKernels.scale(rows, factor, row, worker))
                Elementwise.scale(rows.segment(), rows.offset(row), factor, rows.segment(), rows.offset(row), rows.width());
        });
    }

    @Override
    public void damp(Rows logits, Rows x, int n) {
        HostRows factors = HostRows.live(logits, n, 1, "damp logits");
        HostRows rows = HostRows.live(x, n, "damp");
        each(n, x.width(), (row, worker) -> {
            float factor = (float) (1 / (1 + Math.exp(-factors.get(row, 0))));
            Elementwise.scale(rows.segment(), rows.offset(row), factor, rows.segment(), rows.offset(row), rows.width());
        });
    }

    @Override
    public void clamp(Rows x, float limit, int n) {
        HostRows rows = HostRows.live(x, n, "clamp");
        each(n, x.width(), (row, worker) -> Elementwise.clamp(rows.segment(), rows.offset(row), -limit, limit, 1, 0, rows.segment(), rows.offset(row), rows.width()));
    }

    @Override
    public void softCap(Rows x, float cap, int n) {
        HostRows rows = HostRows.live(x, n, "softCap");
        each(n, x.width(), (row, worker) -> Elementwise.softCap(rows.segment(), rows.offset(row), cap, rows.segment(), rows.offset(row), rows.width()));
    }

    // ---- experts

    @Override
    public void experts(Experts experts, Routing routing, Rows probabilities, Rows x, Rows out, int n) {
        HostRows routed = HostRows.live(probabilities, n, experts.count(), "expert probabilities");
        mixture.mix(experts, routing, routed, HostRows.live(x, n, "experts x"), HostRows.live(out, n, x.width(), "experts out"), n);
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        workers.close();
        List.copyOf(allocated).forEach(Runnable::run);
        attentions.close();
        ropes.close();
        if (rowKernels != null) rowKernels.close();
        matrices.forEach(TiledMatrix::close);
        packer.close();
        if (products != null) products.close();
        for (Scratch one : scratch) one.close();
    }

    private void each(int rows, int width, Workers.Work row) { workers.share(rows, (long) rows * width, row); }
}
