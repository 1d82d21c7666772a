package dev.oriel.runtime.text.jinja;

import java.util.List;

/// A rendered text and what of it comes from the variables.
public record Rendered(String text, List<Piece> pieces) {
    /// Characters `[from, to)` of the text.
    ///
    /// @param message whose they are, or [#OTHERS]
    /// @param at      where they start in its content, or [#TURN]
    public record Piece(int from, int to, int message, int at) {
        /// All that was written while a loop was at the message.
        static final int TURN = -1;

        /// Of a variable that is no message's content: tools, calls, names.
        static final int OTHERS = -1;

        public boolean isContent() {
            return at != TURN && message != OTHERS;
        }

        public boolean isTurn() {
            return at == TURN;
        }
    }
}
