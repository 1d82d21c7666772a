package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.Json;
import dev.oriel.testing.Needed;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// `inspect heads` and `inspect patch` on SmolLM2 against transformers.
@Tag("slow")
class InspectGoldenTest extends CommandLineCase {
    private static final String MODEL = "smollm2-135m-instruct-q4_1.gguf";

    @Test
    void allHeads() {
        Map<?, ?> golden = (Map<?, ?>) Json.parse(Needed.shared("goldens/smollm2-heads.json"));
        Map<?, ?> found = json("inspect", "heads", "-m", model(MODEL), "--ids", list(golden.get("repeated_tokens_ids")), "--exact", "--json");
        for (String score : List.of("induction", "previous", "duplicate", "sink")) assertClose(score, InspectTest.floats(found.get(score)), golden.get(score), 0.005);
    }

    @Test
    void whoGotTheDrink() {
        Map<?, ?> ioi = (Map<?, ?>) ((Map<?, ?>) Json.parse(Needed.shared("goldens/smollm2-heads.json"))).get("ioi");
        Map<?, ?> patch = (Map<?, ?>) ioi.get("patch_resid_pre_from_swapped_into_clean");
        Map<?, ?> found = json("inspect", "patch", "-m", model(MODEL), "-p", (String) ioi.get("clean"), "--corrupted", (String) ioi.get("swapped"), "--answer", "Mary", "--wrong", "John",
                "--positions", list(patch.get("positions")), "--exact", "--json");
        assertClose("patched", InspectTest.floats(found.get("values")), patch.get("mary_minus_john_by_layer"), 0.02);
        List<?> both = (List<?>) ioi.get("mary_minus_john");
        assertThat(((Number) found.get("clean")).doubleValue()).isCloseTo(((Number) both.getFirst()).doubleValue(), within(0.02));
        assertThat(((Number) found.get("corrupted")).doubleValue()).isCloseTo(((Number) both.getLast()).doubleValue(), within(0.02));
        assertThat((List<?>) found.get("position")).isEqualTo(List.of("9  John", "13  to"));
    }

    private static Map<?, ?> json(String... command) { return (Map<?, ?>) Json.parse(new StringReader(oriel(command).succeeded().out())); }

    private static String list(Object numbers) { return ((List<?>) numbers).stream().map(String::valueOf).collect(Collectors.joining(",")); }

    private static void assertClose(String name, float[][] found, Object golden, double bound) {
        float[][] expected = InspectTest.floats(golden);
        assertThat(found).as(name).hasSameDimensionsAs(expected);
        for (int row = 0; row < found.length; row++)
            for (int i = 0; i < found[row].length; i++) assertThat((double) found[row][i]).as(name + " " + row + " " + i).isCloseTo(expected[row][i], within(bound));
    }
}
