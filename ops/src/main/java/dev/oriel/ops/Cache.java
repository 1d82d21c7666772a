package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Keys and values of one sequence in one layer. Each key-value head has slots of its own: a slot carries its token's position, and causal order is slot order.
public interface Cache extends AutoCloseable {
    /// Slots in use (the largest count of any key-value head). Those that a window has passed count too, though their memory may be gone.
    int slots();

    /// Goes back to when it had stored `tokens` tokens: drops the slots of all later ones. Tokens count as they were stored, whatever their positions.
    ///
    /// @throws IllegalStateException if `tokens` is neither 0 nor at least [#earliest]
    void rewind(int tokens);

    /// The fewest tokens that [#rewind] goes back to, beside none at all: 0 while every slot is kept.
    int earliest();

    /// The least position of a query that is sure to find all it can see: 0 while every slot is kept.
    int firstQuery();

    /// A cache that holds the same now and lives on its own. Memory is shared until one of the two changes, so a fork costs next to nothing.
    Cache fork();

    /// A copy of what one key-value head holds, to be kept outside.
    ///
    /// @param arena owns the copy's memory
    Content content(int kvHead, Arena arena);

    /// Puts back what [#content] gave, in place of all that this head holds.
    ///
    /// @throws IllegalArgumentException if it does not fit the shape
    void restore(int kvHead, Content content);

    /// Bytes it occupies now.
    long bytes();

    @Override
    void close();

    /// What a cache holds per slot, and for how long.
    ///
    /// @param kvHeads  key-value heads
    /// @param keyDim   numbers of one key
    /// @param valueDim numbers of one value
    /// @param format   how they are kept: [Format#F32], [Format#F16] or [Format#Q8_0], whose groups of 32 lie along a key or value
    /// @param window   as [Attention#window]: slots are forgotten that no later query can see, nor one after any of the last [#MARGIN] tokens; 0 to keep all
    record Shape(int kvHeads, int keyDim, int valueDim, Format format, int window) {
        /// Tokens that a cache with a window can always go back.
        public static final int MARGIN = 512;

        /// A cache that keeps all slots.
        public Shape(int kvHeads, int keyDim, int valueDim, Format format) { this(kvHeads, keyDim, valueDim, format, 0); }
    }

    /// What one key-value head holds, slot by slot; slots that a window has passed may be missing at the beginning.
    ///
    /// @param tokens    stored in the sequence so far
    /// @param ordinals  how many tokens had been stored before the one in a slot; rising, below `tokens`
    /// @param positions of the token in a slot
    /// @param keys      `[slots, keyDim]` in the cache's format, rows filled up to whole blocks
    /// @param values    `[slots, valueDim]`, likewise
    record Content(int tokens, int[] ordinals, int[] positions, MemorySegment keys, MemorySegment values) {
        public Content {
            for (int slot = 0; slot < ordinals.length; slot++)
                if (ordinals[slot] < (slot == 0 ? 0 : ordinals[slot - 1] + 1) || ordinals[slot] >= tokens)
                    throw new IllegalArgumentException("slot " + slot + ": expected a later token of " + tokens + ", found " + ordinals[slot]);
            if (positions.length != ordinals.length) throw new IllegalArgumentException("expected " + ordinals.length + " positions, found " + positions.length);
        }
    }
}
