package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/// The tokens of a pass: `--ids 1,2,3`, or `-p TEXT`.
final class TokensOptions {
    @ArgGroup(multiplicity = "1")
    private Either either;

    /// One of the two.
    static final class Either {
        @Option(names = "--ids", split = ",", paramLabel = "ID", description = "Token ids, with commas between them.")
        private List<Integer> ids;

        @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", description = "A text.")
        private String text;
    }

    int[] ids(Model model) {
        int[] ids = either.ids == null ? model.tokenizer().encode(either.text) : either.ids.stream().mapToInt(Integer::intValue).toArray();
        if (ids.length > model.context())
            throw new ModelException("the prompt has " + ids.length + " tokens, and the context holds " + model.context() + " (see --context)");
        return ids;
    }
}
