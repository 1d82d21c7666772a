package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.oriel.loaders.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/// `pull` and `hf:` as a user has them: programs of their own, whose environment names a small hub.
class HubCommandTest extends CommandLineCase {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final Path PAGE = Path.of("../docs/hub.md");

    private final Map<String, byte[]> files = new TreeMap<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer hub;

    @BeforeEach
    void aHub() throws Exception {
        files.put("stories-Q8_0.gguf", Files.readAllBytes(Path.of(STORIES)));
        for (String other : List.of("stories-Q4_0.gguf", "config.json", "model.safetensors")) files.put(other, other.getBytes(StandardCharsets.UTF_8));
        hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        hub.createContext("/", this::answer);
        hub.start();
    }

    @AfterEach
    void stop() { hub.stop(0); }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        asked.add(path);
        byte[] content = files.get(path.substring(path.lastIndexOf('/') + 1));
        if (path.startsWith("/api/models/owner/repo/revision/")) content = json(Map.of("sha", COMMIT));
        if (path.startsWith("/api/models/owner/repo/tree/")) content = json(files.entrySet().stream().map(f -> entry(f.getKey(), f.getValue())).toList());
        exchange.sendResponseHeaders(content == null ? 404 : 200, content == null ? -1 : content.length);
        if (content != null) exchange.getResponseBody().write(content);
        exchange.close();
    }

    private static Map<String, Object> entry(String path, byte[] content) {
        return Map.of("type", "file", "path", path, "size", content.length, "oid", gitName(content));
    }

    private static byte[] json(Object value) { return Json.write(value).getBytes(StandardCharsets.UTF_8); }

    private static String gitName(byte[] content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatThePageSays() throws Exception {
        int run = 0;
        for (String line : String.join("", blocks(PAGE, "sh")).lines().toList()) {
            Result result = program(Map.of(), shellWords(line.substring("./oriel".length())).toArray(String[]::new)).succeeded();
            assertThat(result.err()).isEmpty();
            Path snapshot = folder.resolve("cache/models--owner--repo/snapshots/" + COMMIT);
            if (line.contains(" pull ")) assertThat(Path.of(result.out().strip())).exists().startsWithRaw(snapshot);
            else assertThat(result.out()).startsWith("Once upon a time");
            run++;
        }
        assertThat(run).isEqualTo(4);
        Path source = Files.writeString(folder.resolve("Example.java"), blocks(PAGE, "java").getFirst().replaceFirst("(?m)^try", "void main() {\ntry") + "}\n");
        assertThat(start(Map.of(), source.toString()).succeeded().out()).isEqualTo("llama\n");
        assertThat(asked.stream().filter(path -> path.endsWith("/stories-Q8_0.gguf"))).hasSize(1);
    }

    @Test
    void offlineAndFailures() throws Exception {
        program(Map.of("HF_HUB_OFFLINE", "1"), "info", "-m", "hf:owner/repo").failedWith(1, "HF_HUB_OFFLINE is set");
        program(Map.of(), "pull", "owner/other").failedWith(1, "hf:owner/other: revision 'main': expected a repository at http://127.0.0.1");
        program(Map.of(), "info", "-m", "hf:owner/repo:Q6_K").failedWith(1, "expected Q6_K, found stories-Q4_0.gguf, stories-Q8_0.gguf");
        program(Map.of("HF_ENDPOINT", "nowhere"), "pull", "owner/repo").failedWith(1, "HF_ENDPOINT");
        assertThat(program(Map.of(), "tokenize", "-m", "hf:owner/repo", "-p", "Once").succeeded().out()).isNotBlank();
        hub.stop(0);
        assertThat(program(Map.of("HF_HUB_OFFLINE", "1"), "tokenize", "-m", "hf:owner/repo", "-p", "Once").succeeded().err()).isEmpty();
    }

    @Test
    void aModelInAFileLoadsNothingOfTheHub() throws Exception {
        Path classes = folder.resolve("classes");
        start(Map.of(), "-Xlog:class+load:file=" + classes, Main.class.getName(), "tokenize", "-m", STORIES, "-p", "Once").succeeded();
        assertThat(Files.readString(classes)).contains("dev.oriel.app.ModelName").doesNotContain("dev.oriel.loaders.hub", "java.net.http", "jdk.internal.net.http");
    }

    @Test
    void everyModelOptionTakesIt() throws IOException {
        Streams streams = new Streams(InputStream.nullInputStream(), OutputStream.nullOutputStream(), OutputStream.nullOutputStream(), false, false);
        List<ArgSpec> models = new ArrayList<>();
        collect(Oriel.commandLine(streams, ""), models);
        assertThat(models).hasSizeGreaterThan(12)
                .allSatisfy(option -> assertThat(option.type()).as(option.paramLabel() + " of " + option.command().qualifiedName()).isEqualTo(ModelName.class));
    }

    private static void collect(CommandLine command, List<ArgSpec> models) {
        command.getCommandSpec().args().stream().filter(arg -> arg.paramLabel().equals("MODEL") || arg.paramLabel().equals("IN")).forEach(models::add);
        command.getSubcommands().values().forEach(sub -> collect(sub, models));
    }

    private Result program(Map<String, String> environment, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(Main.class.getName()));
        all.addAll(List.of(words));
        return start(environment, all.toArray(String[]::new));
    }

    private Result start(Map<String, String> environment, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-Xlog:disable", "--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("HF_"));
        builder.environment().putAll(Map.of("HF_ENDPOINT", "http://127.0.0.1:" + hub.getAddress().getPort(), "HF_HUB_CACHE", folder.resolve("cache").toString(), "LC_ALL", "C.UTF-8"));
        builder.environment().putAll(environment);
        Process process = builder.redirectError(folder.resolve("err").toFile()).start();
        process.getOutputStream().close();
        byte[] out = process.getInputStream().readAllBytes();
        int code = process.waitFor();
        // The JVM's own line about the incubating module is not the program's.
        String err = Files.readString(folder.resolve("err")).replaceFirst("WARNING: Using incubator modules: jdk.incubator.vector\n", "");
        return new Result(code, new String(out, StandardCharsets.UTF_8), err);
    }
}
