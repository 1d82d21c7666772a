package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The archive of classes that a start leaves behind for the next one, with the jar and the script in a folder with a space in its name.
@Tag("slow")
class StartArchiveTest extends CommandLineCase {
    private static final String JAVA_HOME = System.getProperty("java.home");
    private static final String STORIES_ABSOLUTE = Path.of(STORIES).toAbsolutePath().toString();
    private static final long PATIENCE = TimeUnit.MINUTES.toNanos(4);

    private Path root;
    private Path jar;
    private Path script;
    private Path archives;

    @BeforeEach
    void program() throws IOException {
        root = Files.createDirectories(folder.toRealPath().resolve("a folder"));
        jar = Files.createDirectories(root.resolve("app/target")).resolve("oriel.jar");
        script = Files.copy(Path.of("../oriel"), root.resolve("oriel"), StandardCopyOption.COPY_ATTRIBUTES);
        archives = root.resolve("archi ves");
        Set<String> seen = new HashSet<>();
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
            out.setLevel(1);
            for (String part : System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")).split(File.pathSeparator))
                if (!part.contains("test-classes")) add(Path.of(part), out, seen);
        }
    }

    @Test
    void madeByTwoAtOnceAndUsedAndRefreshed() throws Exception {
        Process first = script("tokenize", "-m", STORIES_ABSOLUTE, "-p", "Once");
        Process second = script("tokenize", "-m", STORIES_ABSOLUTE, "-p", "Once");
        String told = finish(first).succeeded().out();
        assertThat(finish(second).succeeded().out()).isEqualTo(told).isNotBlank();
        StartArchive archive = archive();
        awaitKey(archive);
        assertThat(archive.file()).isNotEmptyFile();
        try (var left = Files.list(archives)) {
            assertThat(left.map(path -> path.getFileName().toString().replaceAll(".*jsa", ""))).containsExactlyInAnyOrder("", ".key", ".lock");
        }
        assertThat(classesFromArchive(told)).isTrue();

        FileTime made = Files.getLastModifiedTime(archive.file());
        Files.setLastModifiedTime(jar, FileTime.fromMillis(Files.getLastModifiedTime(jar).toMillis() + 5000));
        assertThat(classesFromArchive(told)).as("another jar").isFalse();
        awaitKey(archive);
        assertThat(Files.getLastModifiedTime(archive.file())).isGreaterThan(made);
        assertThat(classesFromArchive(told)).isTrue();

        Files.write(archive.file(), new byte[100_000]);
        assertThat(classesFromArchive(told)).as("damaged").isFalse();
    }

    @Test
    void aFolderThatCannotBeWrittenGoesUnnoticed() throws Exception {
        archives = Files.writeString(root.resolve("a file"), "not a folder").resolve("start");
        Result result = finish(script("--version"));
        assertThat(result.succeeded().out()).startsWith("oriel ");
        assertThat(result.err()).isEmpty();
    }

    @Test
    void offLeavesNothing() throws Exception {
        archives = Path.of("off");
        finish(script("--version")).succeeded();
        finish(start(Map.of(), java("-jar", jar.toString(), "--version"))).succeeded();
        assertThat(root.resolve("off")).doesNotExist();
        assertThat(StartArchive.of(Map.of("HOME", "/h", StartArchive.VARIABLE, "off"), "/p/oriel.jar", "/jdk")).isNull();
    }

    @Test
    void whereItLies() {
        assertThat(StartArchive.of(Map.of("HOME", "/h"), "/p q/oriel.jar", "/jdk").file()).isEqualTo(Path.of("/h/.cache/oriel/start/%p q%oriel.jar@%jdk.jsa"));
        assertThat(StartArchive.of(Map.of("HOME", "/h", "XDG_CACHE_HOME", "/c"), "/p/oriel.jar", "/jdk").file()).isEqualTo(Path.of("/c/oriel/start/%p%oriel.jar@%jdk.jsa"));
        assertThat(StartArchive.of(Map.of("HOME", "/h"), "/classes", "/jdk")).as("no jar").isNull();
        assertThat(StartArchive.of(Map.of("HOME", "/h"), "/a.jar" + File.pathSeparator + "/b.jar", "/jdk")).as("several").isNull();
        assertThat(StartArchive.of(Map.of(), "/p/oriel.jar", "/jdk")).as("no home").isNull();
        assertThat(StartArchive.of(Map.of("HOME", "/h"), "/" + "p".repeat(300) + "/oriel.jar", "/jdk")).as("too long").isNull();
    }

    @Test
    void archivesOfJarsThatAreGoneGoToo() throws IOException {
        Files.createDirectories(archives);
        for (Path of : List.of(jar, root.resolve("gone.jar"))) {
            StartArchive archive = new StartArchive(archives.resolve(of.getFileName() + ".jsa"));
            archive.publish(Files.writeString(archives.resolve("new"), "classes"), of + "\nand so on\n");
        }
        new StartArchive(archives.resolve("oriel.jar.jsa")).tidy();
        assertThat(archives).isDirectoryNotContaining("glob:**gone*").isDirectoryContaining("glob:**oriel.jar.jsa");
    }

    @Test
    void optionsAreReadOffTheCommandLine() {
        assertThat(Relaunch.given(new String[] {"-Xmx1g", "-Da=b c", "-XX:+UseParallelGC", "-jar", "o.jar", "-p", "-Xnot"})).containsExactly("-Xmx1g", "-Da=b c", "-XX:+UseParallelGC");
        assertThat(Relaunch.given(new String[] {"-cp", "o.jar", "Main"})).as("as management tells").isEqualTo(Relaunch.given(null));
    }

    private StartArchive archive() { return StartArchive.of(Map.of(StartArchive.VARIABLE, archives.toString()), jar.toString(), JAVA_HOME); }

    private void awaitKey(StartArchive archive) throws Exception {
        long until = System.nanoTime() + PATIENCE;
        while (!archive.isFresh(StartArchive.key(jar))) {
            assertThat(System.nanoTime()).as("the archive is late").isLessThan(until);
            Thread.sleep(50);
        }
    }

    /// By way of `java -jar`, which starts java again; the script passes the same options.
    private boolean classesFromArchive(String expected) throws Exception {
        Path log = root.resolve("classes.log");
        Result result = finish(start(Map.of(), java("-Xlog:class+load:file=" + log, "-jar", jar.toString(), "tokenize", "-m", STORIES_ABSOLUTE, "-p", "Once")));
        assertThat(result.succeeded().out()).isEqualTo(expected);
        assertThat(result.err()).isEmpty();
        return Files.readString(log).lines().anyMatch(line -> line.contains(Tokenize.class.getName() + " ") && line.contains("shared objects file (top)"));
    }

    private static List<String> java(String... words) {
        List<String> command = new ArrayList<>(List.of(Path.of(JAVA_HOME, "bin", "java").toString()));
        command.addAll(List.of(words));
        return command;
    }

    private Process script(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("bash", script.toString()));
        command.addAll(List.of(words));
        return start(Map.of("JAVA_HOME", JAVA_HOME), command);
    }

    private Process start(Map<String, String> environment, List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(root.toFile());
        builder.environment().putAll(environment);
        builder.environment().put(StartArchive.VARIABLE, archives.toString());
        builder.environment().put("LC_ALL", "C.UTF-8");
        return builder.start();
    }

    private static Result finish(Process process) throws Exception {
        process.getOutputStream().close();
        byte[] out = process.getInputStream().readAllBytes();
        byte[] err = process.getErrorStream().readAllBytes();
        return new Result(process.waitFor(), new String(out, StandardCharsets.UTF_8), new String(err, StandardCharsets.UTF_8));
    }

    /// Puts a folder or jar of the class path into the program's jar.
    private static void add(Path part, ZipOutputStream out, Set<String> seen) throws IOException {
        if (Files.isDirectory(part)) {
            try (var files = Files.walk(part)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) copy(part.relativize(file).toString(), Files.readAllBytes(file), out, seen);
            }
        } else if (Files.exists(part)) {
            try (ZipInputStream in = new ZipInputStream(Files.newInputStream(part))) {
                for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry())
                    if (!entry.isDirectory()) copy(entry.getName(), in.readAllBytes(), out, seen);
            }
        }
    }

    private static void copy(String name, byte[] content, ZipOutputStream out, Set<String> seen) throws IOException {
        if (name.endsWith("module-info.class") || name.endsWith(".SF") || !seen.add(name)) return;
        out.putNextEntry(new ZipEntry(name));
        byte[] written = name.equals("META-INF/MANIFEST.MF") ? "Manifest-Version: 1.0\nMain-Class: dev.oriel.app.Launcher\nMulti-Release: true\n\n".getBytes(StandardCharsets.UTF_8) : content;
        out.write(written);
    }
}
