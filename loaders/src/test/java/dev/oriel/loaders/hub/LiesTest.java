package dev.oriel.loaders.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A hub that refuses, and one that lies: one clear line each, and nothing outside the cache.
@Timeout(60)
class LiesTest extends HubCase {
    private static final String REVISION = "/api/models/owner/repo/revision/";
    private static final String TREE = "/api/models/owner/repo/tree/";
    private static final String CONTENT = "/owner/repo/resolve/" + HubServer.COMMIT + "/";

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        "401 | - | hf:owner/repo: revision 'main': the repository does not exist or is private, and the token that was given may not read it (401)",
        "403 | - | access is refused, and the token", "403 | GatedRepo | the repository is gated", "404 | RepoNotFound | expected a repository at http", "404 | - | found none; a private one needs another token (404)",
        "404 | RevisionNotFound | expected a revision 'main', found none (404)", "418 | - | expected the answer 200, found 418", "400 | - | found 400"})
    void refusals(int status, String code, String line) throws IOException {
        server.instead.put("/api/", exchange -> HubServer.refuse(exchange, status, code));
        assertRefused("owner/repo", line);
        assertThat(server.seen).hasSize(1);
    }

    @Test
    void withoutAToken() {
        HubSettings settings = HubSettings.of(Map.of("HF_ENDPOINT", server.endpoint(), "HF_HUB_CACHE", cache.toString()), cache);
        server.instead.put("/api/", exchange -> HubServer.refuse(exchange, 401, "GatedRepo"));
        assertThatThrownBy(() -> pull(settings, "owner/repo")).hasMessageContainingAll("gated", "no token was given (HF_TOKEN)", server.endpoint() + "/owner/repo tells how");
        assertThat(server.seen).allSatisfy(request -> assertThat(request.authorization()).isNull());
        server.instead.put("/api/", exchange -> HubServer.refuse(exchange, 404, "RepoNotFound"));
        assertThatThrownBy(() -> pull(settings, "owner/repo")).hasMessageContaining("needs a token (HF_TOKEN)");
    }

    @Test
    void aFileThatIsListedAndMissing() throws IOException {
        server.large("m.gguf", noise(10, 1));
        server.instead.put(CONTENT, exchange -> {
            exchange.getResponseHeaders().add("X-Error-Message", "gone\taway " + "x".repeat(1000));
            HubServer.refuse(exchange, 404, "EntryNotFound");
        });
        assertRefused("owner/repo", "hf:owner/repo: m.gguf: expected this file, found none (404)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{}", "{\"sha\":null}", "{\"sha\":5}", "{\"sha\":\"main\"}", "{\"sha\":\"../../../../../../../../../../tmp/abcdefgh\"}",
        "{\"sha\":\"C0FFEE00112233445566778899AABBCCDDEEFF00\"}", "{\"sha\":\"a\",\"sha\":\"b\"}", "<html>not here</html>", "\u0000"})
    void aDescriptionThatIsNone(String text) throws IOException {
        server.instead.put(REVISION, exchange -> HubServer.text(exchange, 200, text));
        assertRefused("owner/repo");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "7", "[[", "[{\"path\":5}]", "[{\"path\":\"a.gguf\",\"size\":-1}]", "[{\"path\":\"a.gguf\",\"size\":1e30}]", "[{\"path\":\"a.gguf\",\"size\":\"10\"}]",
        "[{\"path\":\"a.gguf\",\"size\":99999999999999999}]", "[{\"path\":\"a.gguf\",\"size\":1,\"oid\":\"../../x\"}]", "[{\"path\":\"a.gguf\",\"size\":1,\"oid\":\"nul\"}]",
        "[{\"path\":\"a.gguf\",\"size\":1,\"oid\":7}]", "[{\"path\":\"a.gguf\",\"size\":1,\"lfs\":{\"oid\":\"aa\",\"size\":2}}]", "[{\"path\":\"a.gguf\"},{\"path\":\"a.gguf\"}]", "[]", "[1,2]"})
    void aListThatIsNone(String text) throws IOException {
        server.instead.put(TREE, exchange -> HubServer.text(exchange, 200, text));
        assertRefused("owner/repo", "owner/repo");
    }

    @Test
    void anotherCommit() throws IOException {
        server.large("m.gguf", noise(10, 1));
        assertRefused("owner/repo@" + "a".repeat(40), "expected " + "a".repeat(40), "found " + HubServer.COMMIT);
        server.instead.put(CONTENT, exchange -> {
            exchange.getResponseHeaders().add("X-Repo-Commit", "b".repeat(40));
            HubServer.text(exchange, 200, "0123456789");
        });
        assertRefused("owner/repo", "commit of m.gguf", "found " + "b".repeat(40));
    }

    @ParameterizedTest
    @CsvSource({"X-Linked-Size, 11, size of m.gguf", "X-Linked-Etag, abc, ETag of m.gguf"})
    void headersThatDiffer(String header, String value, String part) throws IOException {
        server.large("m.gguf", noise(10, 1));
        server.instead.put(CONTENT, exchange -> {
            exchange.getResponseHeaders().add(header, value);
            HubServer.text(exchange, 200, "0123456789");
        });
        assertRefused("owner/repo", part);
    }

    @Test
    void moreOrFewerBytesThanListed() throws IOException {
        server.large("m.gguf", noise(10, 1));
        for (String text : new String[] {"012345678", "01234567890"}) {
            server.instead.put("cdn", exchange -> HubServer.text(exchange, 200, text));
            assertRefused("owner/repo", "bytes of m.gguf", "expected 10, found " + text.length());
        }
        // Without saying how many.
        server.instead.put("cdn", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(new byte[100_000]);
        });
        assertRefused("owner/repo", "bytes of m.gguf", "found more");
    }

    @Test
    void compressedAlthoughNobodyAsked() throws IOException {
        server.large("m.gguf", noise(10, 1));
        server.instead.put("cdn", exchange -> {
            exchange.getResponseHeaders().add("Content-Encoding", "gzip");
            HubServer.text(exchange, 200, "0123456789");
        });
        assertRefused("owner/repo", "encoding", "gzip");
    }

    @Test
    void aRangeNobodyAskedFor() throws IOException {
        server.large("m.gguf", noise(1000, 1));
        Files.write(Files.createDirectories(folder().resolve("blobs")).resolve(server.etag("m.gguf") + ".oriel.incomplete"), noise(500, 1));
        server.instead.put("cdn", exchange -> {
            exchange.getResponseHeaders().add("Content-Range", "bytes 0-999/1000");
            exchange.sendResponseHeaders(206, 1000);
            exchange.getResponseBody().write(server.content("m.gguf"));
        });
        assertRefused("owner/repo", "range of bytes", "expected 500- of 1000", "bytes 0-999/1000");
    }

    @Test
    void redirectsWithoutEnd() throws IOException {
        server.large("m.gguf", noise(10, 1));
        server.instead.put(CONTENT, exchange -> redirect(exchange, server.endpoint() + CONTENT + "m.gguf"));
        assertRefused("owner/repo", "at most 10 redirects");
        assertThat(server.contents()).hasSize(11);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://user:secret@127.0.0.1/x", "http://", "http://a b/", "mailto:a@b"})
    void redirectsToNowhere(String location) throws IOException {
        server.large("m.gguf", noise(10, 1));
        server.instead.put(CONTENT, exchange -> redirect(exchange, location));
        assertRefused("owner/repo", "redirect: expected an address of the web");
    }

    private static void redirect(HttpExchange exchange, String location) throws IOException {
        if (!location.isEmpty()) exchange.getResponseHeaders().add("Location", location);
        HubServer.refuse(exchange, 302, null);
    }

    @Test
    void aRepositoryThatWasRenamed() throws IOException {
        server.large("m.gguf", noise(10, 1));
        server.instead.put("/api/models/old/name/revision/", exchange -> redirect(exchange, REVISION + "main"));
        server.instead.put("/api/models/old/name/tree/", exchange -> redirect(exchange, TREE + HubServer.COMMIT + "?recursive=true"));
        server.instead.put("/old/name/", exchange -> redirect(exchange, CONTENT + "m.gguf"));
        assertThat(pull("old/name")).hasBinaryContent(noise(10, 1)).isEqualTo(cache.resolve("models--old--name/snapshots/" + HubServer.COMMIT + "/m.gguf"));
    }

    @Test
    void aRelativeRedirectWithLettersThatDoNotBelongThere() {
        server.large("m.gguf", noise(10, 1));
        server.instead.put("/somewhere else/", exchange -> HubServer.bytes(exchange, 200, server.content("m.gguf")));
        server.instead.put(CONTENT, exchange -> redirect(exchange, "/somewhere else/?etag=\"x\""));
        assertThat(pull("owner/repo")).hasBinaryContent(noise(10, 1));
    }

    @Test
    void pagesWithoutEnd() throws IOException {
        AtomicInteger page = new AtomicInteger();
        server.instead.put(TREE, exchange -> {
            exchange.getResponseHeaders().add("Link", "<http://elsewhere.invalid/?cursor=" + page.incrementAndGet() + ">; rel=\"next\"");
            HubServer.text(exchange, 200, "[]");
        });
        assertRefused("owner/repo", "pages of files");
        assertThat(page).hasValue(200);
        server.instead.put(TREE, exchange -> {
            exchange.getResponseHeaders().add("Link", "<?same>; rel=\"next\"");
            HubServer.text(exchange, 200, "[]");
        });
        assertRefused("owner/repo", "pages of files");
    }

    @Test
    void anAnswerWithoutEnd() throws IOException {
        server.instead.put(REVISION, exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] spaces = " ".repeat(1 << 16).getBytes();
            for (int i = 0; i < 1000; i++) exchange.getResponseBody().write(spaces);
        });
        assertRefused("owner/repo", "at most 16777216 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x.gguf", "a/../../x.gguf", "/etc/x.gguf", "a//x.gguf", "./x.gguf", "a\\x.gguf", "..\\x.gguf", "C:x.gguf", "c:/x.gguf", "\\\\host\\share\\x.gguf", "a\u0000.gguf",
        "a\nb.gguf", "nul.gguf", "COM1.gguf", "con/x.gguf", "x./y.gguf", " x.gguf", "x /y.gguf", "a?.gguf", "a*.gguf", "a|b.gguf", "a\u2028b.gguf", "x.gguf/../../../y.gguf"})
    void namesThatAreNoFileNames(String path) throws IOException {
        server.large(path, noise(10, 1));
        assertRefused("owner/repo", "hf:owner/repo: file name", "stays inside its folder");
        try (Stream<Path> all = Files.list(cache)) {
            assertThat(all).isEmpty();
        }
        assertThat(server.contents()).isEmpty();
    }

    @Test
    void longNames() throws IOException {
        server.large("x".repeat(251) + ".gguf", noise(10, 1));
        assertRefused("owner/repo", "255 bytes");
    }

    @Test
    void namesOfOtherFilesDoNotMatter() {
        server.large("m-Q4_K_M.gguf", noise(10, 1)).small("../../evil", "x").small("aux", "x").small("what?.png", "x");
        assertThat(pull("owner/repo")).hasBinaryContent(noise(10, 1));
    }

    @Test
    void namesThatDifferInCaseOnly() throws IOException {
        server.small("config.json", "{}").small("tokenizer.json", "{}").small("tokenizer.JSON", "[]").small("vocab.json", "{}").small("vocab.jsoN", "[]").small("chat_template.jinja", "a")
                .small("chat_template.JINJA", "b").large("model.safetensors", noise(10, 1));
        assertRefused("owner/repo", "names that differ in more than case", "chat_template.jinja", "chat_template.JINJA");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "{\"weight_map\":[]}", "{\"weight_map\":{\"a\":5}}", "{\"weight_map\":{\"a\":\"../../x\"}}", "{\"weight_map\":{\"a\":\"missing.safetensors\"}}", "{\"weight_map\":{\"a\":\"/etc/passwd\"}}", "{"})
    void anIndexThatIsNone(String index) {
        server.small("config.json", "{}").small("model.safetensors.index.json", index).small("../../x", "x").large("x.safetensors", noise(10, 1));
        assertThatThrownBy(() -> pull("owner/repo")).isInstanceOf(ModelException.class).message().containsPattern("owner(/|--)repo").hasLineCount(1);
    }

    @Test
    void aPartThatIsMissing() throws IOException {
        server.large("m-00001-of-00003.gguf", noise(10, 1)).large("m-00003-of-00003.gguf", noise(10, 2));
        assertRefused("owner/repo", "part 2 of 3: expected m-00002-of-00003.gguf, found nothing");
    }

    @Test
    void noRoom() throws IOException {
        server.instead.put(TREE, exchange -> HubServer.text(exchange, 200, "[{\"path\":\"m.gguf\",\"size\":200000000000000,\"oid\":\"" + "a".repeat(40) + "\"}]"));
        assertRefused("owner/repo", "free space", "expected 200,000,000 MB");
        assertThat(server.contents()).isEmpty();
    }
}
