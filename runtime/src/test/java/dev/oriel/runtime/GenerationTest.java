package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Stories from the small model, through the public face.
class GenerationTest {
    private static final String STORY = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. "
            + "She wanted to play with it, but it was too high.\nLily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do.";
    private static Model model;

    @BeforeAll
    static void load() throws URISyntaxException {
        model = Model.load(Path.of(GenerationTest.class.getResource("/tokens/stories260K-f32.gguf").toURI()), Goldens.exact(2));
    }

    @AfterAll
    static void close() { model.close(); }

    private static Generated tell(Sampling sampling, int tokens, List<String> stops, StringBuilder heard) {
        try (Session session = model.session()) {
            return session.generate(model.tokenizer().encode(""), sampling, tokens, stops, token -> heard.append(token.text()));
        }
    }

    @Test
    void tellsItsPublishedStory() {
        StringBuilder heard = new StringBuilder();
        Generated story = tell(Sampling.greedy(), 150, List.of(), heard);
        assertThat(story.text()).startsWith(STORY);
        assertThat(heard.toString()).isEqualTo(story.text());
        assertThat(story.reason()).isEqualTo(Generated.Reason.LENGTH);
        assertThat(story.ids()).hasSize(150);
    }

    @Test
    void stopsBeforeAStopString() {
        StringBuilder heard = new StringBuilder();
        Generated story = tell(Sampling.greedy(), 150, List.of("zebra", "in the park"), heard);
        assertThat(story.reason()).isEqualTo(Generated.Reason.STOP);
        assertThat(story.text()).isEqualTo(STORY.substring(0, STORY.indexOf("in the park")));
        assertThat(heard.toString()).isEqualTo(story.text());
    }

    @Test
    void cancels() {
        try (Session session = model.session()) {
            Generated story = session.generate(model.tokenizer().encode(""), Sampling.greedy(), 150, token -> {
                if (token.position() == 10) session.cancel();
            });
            assertThat(story.reason()).isEqualTo(Generated.Reason.CANCELLED);
            assertThat(story.ids()).hasSizeLessThan(12);
        }
    }

    @Test
    void endsWhereTheContextIsFull() {
        try (Session session = model.session()) {
            Generated story = session.generate(model.tokenizer().encode(""), Sampling.at(1.5f).withSeed(3), 5000, token -> { });
            assertThat(story.reason()).isIn(Generated.Reason.CONTEXT, Generated.Reason.END);
            assertThat(session.position()).isLessThanOrEqualTo(model.context());
        }
    }

    @Test
    void aPromptLongerThanTheContextIsAnError() {
        try (Session session = model.session()) {
            assertThatThrownBy(() -> session.feed(new int[model.context() + 1])).isInstanceOf(ModelException.class).hasMessageContaining("the context holds 512 tokens");
            assertThat(session.position()).isZero();
        }
    }

    @Test
    void wrongIdsAndEmptyPromptsAreErrors() {
        try (Session session = model.session()) {
            assertThatThrownBy(() -> session.feed(512)).isInstanceOf(ModelException.class).hasMessage("token id: expected 0..511, found 512");
            assertThatThrownBy(() -> session.feed(-1)).isInstanceOf(ModelException.class);
            assertThatThrownBy(() -> session.feed()).isInstanceOf(ModelException.class).hasMessageContaining("no tokens");
        }
    }

    @Test
    void aSeedRepeats() {
        Sampling sampling = new Sampling(0.8f, 40, 0.95f, 0.05f, 1.1f, 11);
        assertThat(tell(sampling, 60, List.of(), new StringBuilder()).ids()).isEqualTo(tell(sampling, 60, List.of(), new StringBuilder()).ids());
    }

    @Test
    void sessionsMayRunAtOnce() throws InterruptedException {
        Generated alone = tell(Sampling.greedy(), 40, List.of(), new StringBuilder());
        Generated[] found = new Generated[4];
        Thread[] threads = new Thread[found.length];
        for (int i = 0; i < threads.length; i++) {
            int at = i;
            threads[i] = Thread.ofPlatform().start(() -> found[at] = tell(Sampling.greedy(), 40, List.of(), new StringBuilder()));
        }
        for (Thread thread : threads) thread.join();
        for (Generated one : found) assertThat(one.ids()).isEqualTo(alone.ids());
    }

    @Test
    void aProbeThatThrowsLeavesTheSessionAsItWas() {
        int[] ids = model.tokenizer().encode("Once upon a time");
        try (Session session = model.session()) {
            assertThatThrownBy(() -> session.run(ids, Probe.edit(Site.Z.at(2), a -> { throw new IllegalStateException("mine"); }))).isInstanceOf(ModelException.class).hasMessageContaining("blocks.2.attn.hook_z").hasMessageContaining("mine");
            assertThat(session.position()).isZero();
            assertThat(session.feed(ids)).isEqualTo(model.run(ids).logits(ids.length - 1));
        }
    }

    @Test
    void anActivationIsDeadAfterItsProbe() {
        Activation[] kept = new Activation[1];
        model.run(model.tokenizer().encode("Once"), Probe.edit(Site.Z.at(0), a -> kept[0] = a));
        assertThatThrownBy(() -> kept[0].get(0, 0, 0)).isInstanceOf(IllegalStateException.class).hasMessageContaining("valid inside the probe only");
    }

    @Test
    void aClosedModelSaysSo() {
        Model other = Goldens.load(Goldens.model("llama", "gguf"), "scalar", Goldens.exact(1));
        Session session = other.session();
        other.close();
        assertThatThrownBy(() -> session.feed(1)).isInstanceOf(ModelException.class).hasMessage("the model is closed");
        other.close();
    }
}
