package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Guesses how a sequence goes on.
sealed interface Guesser extends AutoCloseable {
    /// @param probabilities by id, of the distribution the guess was drawn from; null where it was not drawn
    record Guess(int id, double[] probabilities) {}

    /// At most `most` tokens that may follow `sequence`; possibly none.
    List<Guess> after(int[] sequence, int most);

    /// How many guesses at a time are allowed.
    int most();

    @Override
    void close();

    /// Copies what followed the same tokens before.
    record Repeating(Speculation.Lookup lookup) implements Guesser {
        @Override
        public List<Guess> after(int[] sequence, int most) {
            for (int n = Math.min(lookup.longest(), sequence.length - 1); n >= lookup.shortest(); n--) {
                int from = latest(sequence, n);
                if (from < 0) continue;
                return Arrays.stream(sequence, from + n, Math.min(sequence.length, from + n + most)).mapToObj(id -> new Guess(id, null)).toList();
            }
            return List.of();
        }

        /// Where the last `n` tokens stood most recently before; -1 for nowhere.
        private static int latest(int[] sequence, int n) {
            int end = sequence.length;
            for (int from = end - n - 1; from >= 0; from--) if (Arrays.equals(sequence, from, from + n, sequence, end - n, end)) return from;
            return -1;
        }

        @Override
        public int most() { return lookup.most(); }

        @Override
        public void close() { }
    }

    /// Lets a model say it, chosen as the other chooses.
    final class Drafting implements Guesser {
        private final Session session;
        private final Sampler sampler;
        /// Ids below this both models know.
        private final int common;
        private final int most;

        Drafting(Speculation.Draft speculation, Model model, Sampling sampling) {
            Model draft = speculation.model();
            most = speculation.most();
            requireOneVocabulary(draft, model);
            common = Math.min(draft.hyper().vocabulary(), model.hyper().vocabulary());
            // Other draws than those that check the guesses.
            sampler = new Sampler(sampling.withSeed(~sampling.seed()));
            session = draft.session();
        }

        private static void requireOneVocabulary(Model draft, Model model) {
            Tokenizer own = draft.tokenizer();
            Tokenizer other = model.tokenizer();
            // The last rows of a vocabulary may be padding, and more in one model than in the other.
            for (int id = 0; id < Math.min(own.size(), other.size()); id++)
                if (!own.piece(id).equals(other.piece(id)))
                    throw new ModelException(draft.info().file(), "draft model, token " + id, other.piece(id) + ", as in the model it drafts for", own.piece(id));
        }

        @Override
        public List<Guess> after(int[] sequence, int most) {
            List<Guess> guesses = new ArrayList<>();
            int room = Math.min(most, session.model().context() - sequence.length + 1);
            if (room < 1 || Arrays.stream(sequence).anyMatch(id -> id >= common)) return guesses;
            float[] logits = session.advanceTo(sequence);
            while (true) {
                double[] probabilities = sampler.probabilities(Arrays.copyOf(logits, common), session.ids(), session.position());
                int id = sampler.draw(probabilities);
                guesses.add(new Guess(id, probabilities));
                if (guesses.size() == room || session.model().tokenizer().endsGeneration(id)) return guesses;
                logits = session.feed(id);
            }
        }

        @Override
        public int most() { return most; }

        @Override
        public void close() { session.close(); }
    }
}
