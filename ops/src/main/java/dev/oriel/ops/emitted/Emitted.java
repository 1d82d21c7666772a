package dev.oriel.ops.emitted;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Kernels written for the processor this program runs on; each is made when it is first asked for.
public final class Emitted implements AutoCloseable {
    /// What tells kernels apart.
    private sealed interface Key {
        record Product(Layout layout, int tokens, int strips) implements Key {}

        record Rows(Layout form, int tokens) implements Key {}

        record Scores(boolean half, int rows) implements Key {}

        record Weigh(boolean half, int rows, int vectors) implements Key {}

        record Softmax() implements Key {}

        record Plain(Arithmetic operation) implements Key {}

        record Bend(Curve curve, boolean gated) implements Key {}

        record Sums(boolean squares, int vectors, boolean added) implements Key {}

        record Centre(boolean weight, boolean bias) implements Key {}
    }

    private final CodeMemory memory;
    private final Target target;
    private final Processor processor;
    private final Map<Key, Kernel> kernels = new ConcurrentHashMap<>();

    private Emitted(CodeMemory memory, Target target, Processor processor) {
        this.memory = memory;
        this.target = target;
        this.processor = processor;
    }

    /// Kernels with the best instructions there are.
    ///
    /// @throws UnsupportedOperationException with the reason, if there can be none here
    public static Emitted open() { return open(null); }

    /// Kernels with these instructions; null for the best.
    ///
    /// @throws UnsupportedOperationException with the reason, if there can be none here
    public static Emitted open(InstructionSet wanted) {
        Platform platform = Platform.here();
        Module module = Emitted.class.getModule();
        if (!module.isNativeAccessEnabled()) {
            String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
            throw new UnsupportedOperationException("emitted kernels need native access: start java with --enable-native-access=" + name);
        }
        CodeMemory memory = new CodeMemory(platform);
        try {
            Processor processor = Processor.here(memory, platform);
            InstructionSet set = wanted == null ? processor.best() : wanted;
            if (set == null || !processor.runs(set)) {
                String missing = set == null ? "AVX2, FMA and F16C" : set.title();
                throw new UnsupportedOperationException("emitted kernels need " + missing + ", which this processor has not");
            }
            return new Emitted(memory, new Target(set, platform, set == InstructionSet.AVX_VNNI && !processor.vnni()), processor);
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    /// For people: `AVX-512 VNNI, BF16`.
    public String name() { return target.set().title() + (rounds() ? ", BF16" : ""); }

    public InstructionSet set() { return target.set(); }

    /// Whether there is [Layout.Plain#BF16_ROUNDED].
    public boolean rounds() { return target.set() == InstructionSet.AVX512 && processor.brain(); }

    /// The most tokens that kernels of a layout take.
    public int tokens(Layout layout) { return KernelWriter.tokens(target.set(), layout); }

    /// How many strips the kernels of `tokens` tokens take at most.
    public int strips(Layout layout, int tokens) { return KernelWriter.strips(target.set(), layout, tokens); }

    /// A kernel for `tokens` tokens and `strips` strips, made if there is none yet.
    ///
    /// @throws UnsupportedOperationException if the system refuses memory to execute
    public Kernel kernel(Layout layout, int tokens, int strips) {
        return kernel(new Key.Product(layout, tokens, strips));
    }

    /// Lays out a row of activations among `tokens` tokens for kernels of a layout; layouts that want the same get the same.
    public Kernel rowWriter(Layout layout, int tokens) {
        Layout form = switch (layout) {
            case Layout.Codes _ -> new Layout.Codes(8, 32, false, Layout.Scaling.SINGLE);
            case Layout.Plain plain -> plain == Layout.Plain.BF16_ROUNDED ? plain : Layout.Plain.F32;
        };
        return kernel(new Key.Rows(form, tokens));
    }

    /// Rows (queries of heads) that kernels of attention take at most.
    public int attentionRows() { return AttentionWriter.MOST_ROWS; }

    /// How many vectors of slots a kernel of [#scores] takes at once.
    public int slotVectors(int rows) { return AttentionWriter.slotVectors(rows); }

    /// How many vectors of columns a kernel of [#weigh] takes at most.
    public int valueVectors(int rows) { return AttentionWriter.valueVectors(target.set(), rows); }

    /// Scores of a few rows with keys.
    ///
    /// @param half whether keys are float16, else float32
    public Kernel scores(boolean half, int rows) { return kernel(new Key.Scores(half, rows)); }

    /// Values added up by the weights of a few rows, so many vectors of columns.
    public Kernel weigh(boolean half, int rows, int vectors) { return kernel(new Key.Weigh(half, rows, vectors)); }

    /// A step of a row's softmax.
    public Kernel softmax() { return kernel(new Key.Softmax()); }

    /// Plain arithmetic on a row of numbers: 8 at once.
    public Kernel arithmetic(Arithmetic operation) { return kernel(new Key.Plain(operation)); }

    /// A curve of a row of numbers, times those of another row if it is gated: 8 at once.
    public Kernel curve(Curve curve, boolean gated) { return kernel(new Key.Bend(curve, gated)); }

    /// Sums of a row of numbers or of their squares, in lanes: 8 times so many at once.
    ///
    /// @param added whether another row is added to the numbers first
    public Kernel sums(boolean squares, int vectors, boolean added) { return kernel(new Key.Sums(squares, vectors, added)); }

    /// A row of numbers less their mean and divided by their scale: 8 at once.
    public Kernel centre(boolean weight, boolean bias) { return kernel(new Key.Centre(weight, bias)); }

    private Kernel kernel(Key key) {
        return kernels.computeIfAbsent(key, _ -> new Kernel(memory.place(switch (key) {
            case Key.Product(Layout layout, int tokens, int strips) -> KernelWriter.write(target, layout, tokens, strips);
            case Key.Rows(Layout form, int tokens) -> RowWriter.write(target, form, tokens);
            case Key.Scores(boolean half, int rows) -> AttentionWriter.scores(target, half, rows);
            case Key.Weigh(boolean half, int rows, int vectors) -> AttentionWriter.weigh(target, half, rows, vectors);
            case Key.Softmax() -> SoftmaxWriter.write(target);
            case Key.Plain(Arithmetic operation) -> ArithmeticWriter.write(target, operation);
            case Key.Bend(Curve curve, boolean gated) -> CurveWriter.write(target, curve, gated);
            case Key.Sums(boolean squares, int vectors, boolean added) -> NormWriter.sums(target, squares, vectors, added);
            case Key.Centre(boolean weight, boolean bias) -> NormWriter.centre(target, weight, bias);
        })));
    }

    /// Packs rows of a tile, as [Arguments#pack] says; a new one with every call.
    ///
    /// @throws UnsupportedOperationException if the system refuses memory to execute
    public Kernel packer(Stored stored) { return new Kernel(memory.place(PackWriter.write(target.platform(), stored))); }

    /// Pages for numbers, zeros until they are written; free once the arena is closed, which has to be before this is.
    ///
    /// @throws UnsupportedOperationException if the system refuses
    public MemorySegment pages(long bytes, Arena arena) { return memory.pages(bytes, arena); }

    @Override
    public void close() { memory.close(); }

    /// One kernel. Its arguments are addresses that nobody checks any more.
    public static final class Kernel {
        private final MemorySegment code;

        private Kernel(MemorySegment code) { this.code = code; }

        public void run(Arguments arguments) { CodeMemory.call(code, arguments.address()); }
    }
}
