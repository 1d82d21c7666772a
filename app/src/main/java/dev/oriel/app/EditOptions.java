package dev.oriel.app;

import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import java.util.List;
import picocli.CommandLine.Option;

/// Changes on the way through the model: `--edit E`.
final class EditOptions {
    @Option(names = "--edit", paramLabel = "EDIT", description = EditSyntax.HELP)
    private List<String> edits = List.of();

    private List<EditSyntax> parsed = List.of();

    boolean given() { return !edits.isEmpty(); }

    /// Reads what was typed, before a model is loaded.
    ///
    /// @throws dev.oriel.loaders.ModelException if one is no edit
    void parse() { parsed = edits.stream().map(EditSyntax::parse).toList(); }

    List<Probe> probes(Model model, Slices.Sequence sequence) { return parsed.stream().flatMap(edit -> edit.probes(model, sequence).stream()).toList(); }
}
