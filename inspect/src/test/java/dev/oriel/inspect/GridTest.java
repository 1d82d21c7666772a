package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import java.util.List;
import org.junit.jupiter.api.Test;

class GridTest {
    @Test
    void aTable() {
        Grid grid = new Grid("Logit difference", Grid.Axis.numbered("layer", 2), new Grid.Axis("position", List.of("When", " Mary", "\n")),
                new float[][] {{1.234f, -0.001f, Float.NaN}, {-2.5f, 0, 3}});
        assertThat(grid.table()).isEqualTo("""
                Logit difference
                layer   When  ·Mary      ↵
                0       1.23   0.00      -
                1      -2.50   0.00   3.00
                (layer down, position across)
                """);
    }

    @Test
    void texts() {
        Grid grid = new Grid("lens", Grid.Axis.numbered("layer", 1), new Grid.Axis("token", List.of("a", "b")), new float[][] {{0.5f, 0.25f}},
                List.of(List.of(" the", "\u202Eextraordinary")));
        assertThat(grid.table()).isEqualTo("""
                lens
                layer                 a                 b
                0            ·the 0.500  ⟨202E⟩ext… 0.250
                (layer down, token across)
                """);
    }

    @Test
    void aNarrowTerminalKeepsBothEnds() {
        float[][] values = new float[1][40];
        for (int i = 0; i < 40; i++) values[0][i] = i;
        String[] lines = new Grid("wide", Grid.Axis.numbered("layer", 1), Grid.Axis.numbered("head", 40), values).table(60).split("\n");
        assertThat(lines).allMatch(line -> line.length() <= 60);
        assertThat(lines[1]).startsWith("layer     0     1").endsWith("   38    39").contains(" … ");
        assertThat(lines[2]).startsWith("0       0.0   1.0").endsWith("  38.0  39.0");
        assertThat(lines[3]).isEqualTo("(layer down, head across)");
        assertThat(lines[4]).isEqualTo("(columns 4 to 35 of 40 are not shown)");
    }

    @Test
    void labelsOfAnyScriptStandInColumns() {
        Grid grid = new Grid("t", new Grid.Axis("token", List.of("日本", "e\u0301", "a very long label indeed, too long")), Grid.Axis.numbered("x", 1), new float[][] {{1}, {2}, {3}});
        assertThat(grid.table().lines().skip(2).limit(3)).containsExactly(
                "日本                      1.00", "e\u0301                         2.00", "a very long label indee…  3.00");
    }

    @Test
    void sizesThatDoNotFit() {
        Grid.Axis two = Grid.Axis.numbered("x", 2);
        assertThatThrownBy(() -> new Grid("t", two, two, new float[][] {{1, 2}})).isInstanceOf(ModelException.class).hasMessage("t: rows of values: expected 2, found 1");
        assertThatThrownBy(() -> new Grid("t", two, two, new float[][] {{1, 2}, {1}})).isInstanceOf(ModelException.class).hasMessage("t: values in a row: expected 2, found 1");
        assertThatThrownBy(() -> new Grid("t", two, two, new float[2][2], List.of(List.of("a", "b")))).isInstanceOf(ModelException.class)
                .hasMessage("t: rows of texts: expected 2, found 1");
    }

    @Test
    void ofHeads() {
        Grid grid = new HeadGrid("induction", new float[][] {{0.5f, 1}}).grid();
        assertThat(grid.rows()).isEqualTo(new Grid.Axis("layer", List.of("0")));
        assertThat(grid.columns()).isEqualTo(new Grid.Axis("head", List.of("0", "1")));
        assertThat(grid.title()).isEqualTo("induction");
    }
}
