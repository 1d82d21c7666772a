package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The memory that kernels read: layout, alignment, and zeros where there is nothing.
class HostCacheTest {
    private static final int KEY_DIM = 3;
    private static final int VALUE_DIM = 20;

    /// Row `i` of head `h` has the key components `4 (i mod 100) + 2 h + (d + 1) / 4`, which float16 holds exactly, and the negative of those for values.
    private static HostCache filled(Format format, int... positions) {
        HostCache cache = new HostCache(new Cache.Shape(2, KEY_DIM, VALUE_DIM, format));
        HostRows keys = HostRows.allocate(positions.length, 2 * KEY_DIM, ConcurrentHashMap.newKeySet());
        HostRows values = HostRows.allocate(positions.length, 2 * VALUE_DIM, ConcurrentHashMap.newKeySet());
        for (int slot = 0; slot < positions.length; slot++)
            for (int head = 0; head < 2; head++) {
                for (int d = 0; d < KEY_DIM; d++) keys.set(slot, head * KEY_DIM + d, number(slot, head, d));
                for (int d = 0; d < VALUE_DIM; d++) values.set(slot, head * VALUE_DIM + d, -number(slot, head, d));
            }
        for (int row = 0; row < positions.length; row++)
            cache.append(new HostTokens(new int[positions.length], positions, new int[0]), new Span(row, 1), keys, values);
        return cache;
    }

    private static float number(int slot, int head, int d) { return 4 * (slot % 100) + 2 * head + 0.25f * (d + 1); }

    private static float element(HeadSlots head, MemorySegment memory, long element) {
        return head.layout().format() == Format.F16 ? Float.float16ToFloat(memory.getAtIndex(SlotLayout.HALF, element)) : memory.getAtIndex(HostRows.FLOAT, element);
    }

    /// Everything in a head's memory, slot by slot: `from[slot]` was appended as that row; the rest must be zero.
    private static void check(HeadSlots slots, int head, int... from) {
        int capacity = slots.positions().length;
        int stride = slots.layout().valueStride();
        assertThat(slots.length()).isEqualTo(from.length);
        assertThat(capacity % HeadSlots.STEP).isZero();
        assertThat(slots.keyOffset(capacity)).isEqualTo(slots.keys().byteSize());
        assertThat(slots.valueOffset(capacity)).isEqualTo(slots.values().byteSize());
        for (int slot = 0; slot < capacity; slot++) {
            for (int d = 0; d < KEY_DIM; d++)
                assertThat(element(slots, slots.keys(), (slot / 32 * KEY_DIM + d) * 32L + slot % 32))
                    .as("key %d of slot %d", d, slot).isEqualTo(slot < from.length ? number(from[slot], head, d) : 0);
            for (int d = 0; d < stride; d++)
                assertThat(element(slots, slots.values(), (long) slot * stride + d))
                    .as("value %d of slot %d", d, slot).isEqualTo(slot < from.length && d < VALUE_DIM ? -number(from[slot], head, d) : 0);
        }
    }

    private static int[] upTo(int count) {
        int[] out = new int[count];
        for (int i = 0; i < count; i++) out[i] = i;
        return out;
    }

    @ParameterizedTest
    @EnumSource(value = Format.class, names = {"F32", "F16"})
    void tilesOfKeysAndRowsOfValuesGrow(Format format) {
        for (int count : new int[] {1, 31, 32, 33, 64, 127, 128, 129, 300})
            try (HostCache cache = filled(format, upTo(count))) {
                for (int head = 0; head < 2; head++) {
                    check(cache.head(head), head, upTo(count));
                    assertThat(cache.head(head).keys().address() % 64).isZero();
                    assertThat(cache.head(head).values().address() % 64).isZero();
                }
                assertThat(cache.bytes()).isEqualTo(2 * (cache.head(0).keys().byteSize() + cache.head(0).values().byteSize()));
            }
    }

    @ParameterizedTest
    @EnumSource(value = Format.class, names = {"F32", "F16"})
    void rewindLeavesZeros(Format format) {
        try (HostCache cache = filled(format, upTo(70))) {
            cache.rewind(33);
            check(cache.head(1), 1, upTo(33));
            cache.rewind(0);
            check(cache.head(0), 0);
        }
    }

    @Test
    void rewindCountsTokensWhateverTheirPositions() {
        try (HostCache cache = filled(Format.F32, 4, 9, 2, 2, 3)) {
            cache.rewind(3);
            check(cache.head(0), 0, 0, 1, 2);
            assertThat(cache.head(0).position(0)).isEqualTo(4);
            assertThat(cache.head(0).position(1)).isEqualTo(9);
            assertThat(cache.head(0).position(2)).isEqualTo(2);
            cache.rewind(5);
            assertThat(cache.slots()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Format.class, names = {"F32", "F16"})
    void forksGoTheirOwnWays(Format format) {
        try (HostCache cache = filled(format, upTo(40)); HostCache fork = cache.fork(); HostCache third = fork.fork()) {
            assertThat(fork.head(1).keys()).isEqualTo(cache.head(1).keys());
            fork.rewind(20);
            check(fork.head(1), 1, upTo(20));
            check(cache.head(1), 1, upTo(40));
            cache.rewind(7);
            check(third.head(0), 0, upTo(40));
            check(cache.head(0), 0, upTo(7));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Format.class, names = {"F32", "F16"})
    void contentComesBack(Format format) {
        for (int count : new int[] {0, 1, 33})
            try (HostCache cache = filled(format, upTo(70)); HostCache other = filled(format, upTo(50)); HostCache fork = other.fork()) {
                cache.rewind(count);
                for (int head = 0; head < 2; head++) {
                    fork.restore(head, cache.content(head, Arena.ofAuto()));
                    check(fork.head(head), head, upTo(count));
                    check(other.head(head), head, upTo(50));
                }
                fork.rewind(count / 2);
                check(fork.head(1), 1, upTo(count / 2));
            }
    }

    @Test
    void contentMustFit() {
        try (HostCache wide = filled(Format.F32, upTo(3)); HostCache narrow = filled(Format.F16, upTo(3))) {
            assertThatThrownBy(() -> wide.restore(0, narrow.content(0, Arena.ofAuto()))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected 12 and 80 bytes");
            check(wide.head(0), 0, upTo(3));
            MemorySegment none = MemorySegment.NULL;
            assertThatThrownBy(() -> new Cache.Content(2, new int[] {1, 1}, new int[2], none, none)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new Cache.Content(2, new int[] {0, 2}, new int[2], none, none)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new Cache.Content(2, new int[] {0, 1}, new int[1], none, none)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /// Both rounded as the stored format would, whatever is left of a group of 32.
    @Test
    void eightBitCodesInGroups() {
        Draw draw = new Draw(61);
        float[] x = draw.floats(40 * 44);
        HostRows rows = HostRows.allocate(40, 44, ConcurrentHashMap.newKeySet());
        for (int row = 0; row < 40; row++) for (int d = 0; d < 44; d++) rows.set(row, d, x[row * 44 + d]);
        Cache.Shape shape = new Cache.Shape(1, 44, 44, Format.Q8_0);
        try (HostCache cache = new HostCache(shape); HostCache copy = new HostCache(shape)) {
            cache.append(new HostTokens(new int[40], new int[40], new int[0]), new Span(0, 40), rows, rows);
            Cache.Content content = cache.content(0, Arena.ofAuto());
            copy.restore(0, content);
            assertThat(copy.head(0).keys().mismatch(cache.head(0).keys())).isEqualTo(-1);
            assertThat(copy.head(0).values().mismatch(cache.head(0).values())).isEqualTo(-1);
            for (int row = 0; row < 40; row++) {
                float[] group = Arrays.copyOf(Arrays.copyOfRange(x, row * 44, row * 44 + 44), 64);
                MemorySegment stored = MemorySegment.ofArray(new byte[68]);
                Format.Q8_0.encode(group, 0, 64, stored, 0);
                Format.Q8_0.decode(stored, 0, group, 0, 64);
                assertThat(content.keys().asSlice(68L * row, 68).mismatch(stored)).as("%s, stored key of slot %d", draw, row).isEqualTo(-1);
                assertThat(content.values().asSlice(68L * row, 68).mismatch(stored)).as("%s, stored value of slot %d", draw, row).isEqualTo(-1);
                for (int d = 0; d < 44; d++) {
                    assertThat(cache.head(0).key(row, d)).as("%s, key %d of slot %d", draw, d, row).isEqualTo(group[d]);
                    assertThat(cache.head(0).value(row, d)).as("%s, value %d of slot %d", draw, d, row).isEqualTo(group[d]);
                }
            }
            long bytes = cache.bytes();
            // Keys take 44 bytes and two scales, values a stride of 48 and two scales.
            assertThat(bytes).isEqualTo(HeadSlots.STEP * (44 + 4 + 48 + 4));
        }
    }

    @Test
    void rowsStartOnCacheLines() {
        for (int width : new int[] {1, 15, 16, 17, 100}) {
            HostRows rows = HostRows.allocate(3, width, ConcurrentHashMap.newKeySet());
            assertThat(rows.segment().address() % 64).isZero();
            for (int row = 0; row < 3; row++) assertThat(rows.offset(row) % 64).isZero();
            assertThat(rows.columns(0, 1).rows(2, 1).offset(0)).isEqualTo(rows.offset(2));
            rows.close();
        }
    }
}
