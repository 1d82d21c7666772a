package dev.oriel.app;

import dev.oriel.runtime.Model;
import dev.oriel.runtime.Speculation;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where guesses of the next tokens come from: `--draft MODEL` or `--lookup`.
final class GuessOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--draft", paramLabel = "MODEL",
            description = "Let this smaller model with the same vocabulary guess ahead: the same text, sooner where it guesses well.")
    private ModelName draft;

    @Option(names = "--lookup",
            description = "Guess that what followed the last words before follows again: the same text, sooner where it repeats itself.")
    private boolean lookup;

    boolean given() { return lookup || draft != null; }

    /// @param edited whether the run is changed on its way, which guesses cannot foresee
    void require(boolean edited) {
        if (lookup && draft != null) throw new ParameterException(command.commandLine(), "Expected --draft or --lookup, found both");
        if (given() && edited) throw new ParameterException(command.commandLine(), "Expected --edit, or --draft or --lookup, found both");
    }

    /// The draft model, which the caller closes; null where there is none.
    Model load(ModelOptions options, Streams streams) { return draft == null ? null : options.loadDraft(draft, streams); }

    Speculation speculation(Model draft) { return draft == null ? Speculation.lookup() : Speculation.draft(draft); }
}
