package dev.oriel.ops.emitted;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Kernels written for the processor this program runs on; each is made when it is first asked for.
public final class Emitted implements AutoCloseable {
    /// @param tokens tokens it takes
    /// @param strips vectors of rows it takes; 0 for what lays rows out
    private record Key(Layout layout, int tokens, int strips) {}

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
        return kernels.computeIfAbsent(new Key(layout, tokens, strips), key -> new Kernel(memory.place(KernelWriter.write(target, key.layout, key.tokens, key.strips))));
    }

    /// Lays out a row of activations among `tokens` tokens for kernels of a layout; layouts that want the same get the same.
    public Kernel rowWriter(Layout layout, int tokens) {
        Layout form = switch (layout) {
            case Layout.Codes _ -> new Layout.Codes(8, 32, false, false);
            case Layout.Plain plain -> plain == Layout.Plain.BF16_ROUNDED ? plain : Layout.Plain.F32;
        };
        return kernels.computeIfAbsent(new Key(form, tokens, 0), key -> new Kernel(memory.place(RowWriter.write(target, key.layout, key.tokens))));
    }

    @Override
    public void close() { memory.close(); }

    /// One kernel. Its arguments are addresses that nobody checks any more.
    public static final class Kernel {
        private final MemorySegment code;

        private Kernel(MemorySegment code) { this.code = code; }

        public void run(Arguments arguments) { CodeMemory.call(code, arguments.address()); }
    }
}
