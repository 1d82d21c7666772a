package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The page on probes tells of every site.
class ProbesPageTest {
    @ParameterizedTest
    @EnumSource(Site.class)
    void tells(Site site) throws IOException {
        String page = Files.readString(Path.of("../docs/probes.md"));
        String name = site.name(0);
        String last = name.substring(name.lastIndexOf('.') + 1);
        String line = page.lines().filter(l -> l.startsWith("| `") && (l.contains('`' + name.replace(".0.", ".N.") + '`') || l.contains('`' + last + '`') && l.contains(group(name)))).findFirst().orElse("");
        assertThat(line).as(name).isNotEmpty();
        String axes = line.split("\\|")[2].strip();
        assertThat(axes.startsWith("as ln1") || axes.startsWith(site.axes().getFirst().toString())).as(name + ": " + axes).isTrue();
    }

    /// What stands before a site's own name: `blocks.N.ln1`.
    private static String group(String name) { return name.contains(".") ? name.substring(0, name.lastIndexOf('.')).replace(".0", ".N") : name; }
}
