package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Ops;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a model can do with whole texts. Files are read when it is first asked for.
final class Texts {
    private final Model model;
    private final Ops ops;
    private final TextFiles files;
    private final TextHead head;
    private Embedder embedder;

    /// @param head of classes, or null
    Texts(Model model, Ops ops, TextFiles files, TextHead head) {
        this.model = model;
        this.ops = ops;
        this.files = files;
        this.head = head;
    }

    synchronized Embedder embedder() {
        if (embedder == null) embedder = new Embedder(model, framing(), stage(dense()), files.embedding(model.context()));
        return embedder;
    }

    Classifier classifier() {
        if (head == null) throw new ModelException("this model has no classification head: expected a file with one, such as of BertForSequenceClassification");
        return new Classifier(model, framing(), stage(head), files);
    }

    MaskFiller maskFiller() { return new MaskFiller(model, files.causal()); }

    private Framing framing() { return new Framing(model::tokenizer, () -> files.pairs(model.tokenizer())); }

    private TextStage stage(TextHead head) { return new TextStage(model.engine(), model.hyper(), ops, head); }

    private TextHead dense() {
        List<SentenceModules.Dense> modules = new ArrayList<>();
        try {
            for (Path folder : files.dense()) modules.add(SentenceModules.dense(folder));
            return model.engine().exclusively(() -> TextHead.pack(model.hyper().width(), modules, ops));
        } finally {
            modules.forEach(module -> module.checkpoint().close());
        }
    }
}
