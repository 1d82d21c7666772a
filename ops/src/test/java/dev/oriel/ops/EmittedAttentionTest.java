package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.InstructionSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What emitted kernels of attention owe beside the contract: the bits of the vector kernels, and to step aside.
class EmittedAttentionTest {
    private static VectorOps ops(InstructionSet set, EmittedAttention.Check check) {
        Emitted emitted = Present.emitted(set);
        return new VectorOps(new Backend.Options(2, false, "auto"), new EmittedChoice(emitted, KernelCheck::agrees, check, RowCheck::agrees, null));
    }

    private static VectorOps vector() { return new VectorOps(new Backend.Options(2, false, "vector")); }

    /// Spans of one and of many queries, over less and more than a step and than a range.
    private static List<float[]> results(Ops ops, Attention attention, Format format, Draw draw) {
        List<float[]> out = new ArrayList<>();
        int position = 0;
        try (Sequence sequence = new Sequence(ops, attention, format, draw)) {
            for (int count : new int[] {1, 5, 70, 1, 500, 1, 3}) {
                out.add(sequence.feed(position, count, sequence.input(count)));
                position += count;
            }
        }
        return out;
    }

    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void bitsOfTheVectorKernels(InstructionSet set) {
        try (Ops emitted = ops(set, AttentionCheck::agrees); Ops vector = vector()) {
            for (Attention attention : AttentionContract.attentions())
                for (Format format : AttentionContract.FORMATS) {
                    Draw draw = new Draw(71);
                    List<float[]> expected = results(vector, attention, format, new Draw(71));
                    List<float[]> found = results(emitted, attention, format, draw);
                    for (int i = 0; i < expected.size(); i++) Close.same(found.get(i), expected.get(i), "%s, %s, %s, %s, span %d", draw, set, attention, format, i);
                }
            assertThat(emitted.name()).startsWith("emitted ").doesNotContain("(");
        }
    }

    @Test
    void whatIsNoNumberStaysNone() {
        Attention attention = new Attention(2, 1, 16, 16, 0.25f, 0, 0, true);
        try (Ops ops = ops(null, AttentionCheck::agrees); Sequence sequence = new Sequence(ops, attention, Format.F32, new Draw(72))) {
            Sequence.Input input = sequence.input(40);
            input.keys()[35 * 16 + 3] = Float.NaN;
            float[] z = sequence.feed(0, 40, input);
            for (int i = 0; i < z.length; i++) assertThat(Float.isNaN(z[i])).as("query %d", i / 32).isEqualTo(i / 32 >= 35);
        }
    }

    /// Each kind of kernel in turn.
    @Test
    void kernelsThatDifferStepAside() {
        for (Class<?> wrong : EmittedAttention.Kind.class.getPermittedSubclasses()) {
            Attention attention = new Attention(4, 2, 24, 24, 0.25f, 0, 0, true);
            try (Ops emitted = ops(null, (kind, kernel) -> !wrong.isInstance(kind)); Ops vector = vector()) {
                List<float[]> found = results(emitted, attention, Format.F16, new Draw(73));
                List<float[]> expected = results(vector, attention, Format.F16, new Draw(73));
                for (int i = 0; i < expected.size(); i++) Close.same(found.get(i), expected.get(i), "%s, span %d", wrong, i);
                assertThat(emitted.name()).contains("(an emitted kernel of attention computes something else than it should: " + wrong.getSimpleName());
            }
        }
    }

    /// A kernel for one thing does not pass as one for another.
    @Test
    void theCheckTellsKernelsApart() {
        try (Emitted emitted = Present.emitted(null)) {
            int lanes = emitted.set().lanes();
            int slots = Math.max(SlotLayout.TILE, emitted.slotVectors(2) * lanes);
            assertThat(AttentionCheck.agrees(new EmittedAttention.Kind.Scores(true, 2, slots), emitted.scores(true, 2))).isTrue();
            assertThat(AttentionCheck.agrees(new EmittedAttention.Kind.Scores(true, 2, slots), emitted.scores(false, 2))).isFalse();
            assertThat(AttentionCheck.agrees(new EmittedAttention.Kind.Scores(true, 2, slots), emitted.scores(true, 1))).isFalse();
            assertThat(AttentionCheck.agrees(new EmittedAttention.Kind.Weigh(false, 3, lanes), emitted.weigh(false, 3, 1))).isTrue();
            assertThat(AttentionCheck.agrees(new EmittedAttention.Kind.Weigh(false, 3, lanes), emitted.weigh(false, 2, 1))).isFalse();
            assertThat(AttentionCheck.agrees(new EmittedAttention.Kind.Softmax(), emitted.softmax())).isTrue();
        }
    }

    @Test
    void addressesOfFreedMemoryAreRefused() {
        Attention attention = new Attention(1, 1, 16, 16, 0.25f, 0, 0, true);
        try (Ops ops = ops(null, AttentionCheck::agrees); Sequence sequence = new Sequence(ops, attention, Format.F32, new Draw(74)); Tokens tokens = sequence.tokens(0, 1)) {
            sequence.store(tokens, 1, sequence.input(1));
            Rows q = ops.rows(1, 16);
            Rows z = ops.rows(1, 16);
            q.close();
            assertThatIllegalStateException().isThrownBy(() -> ops.attend(attention, sequence.cache, tokens, new Span(0, 1), q, z)).withMessage("the rows were closed");
        }
    }
}
