package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The other tests trust the browser to notice what a page must not do.
class BrowserTest {
    @TempDir
    Path folder;

    @Test
    void requestsAndComplaintsAreNoticed() throws IOException, InterruptedException {
        Path page = folder.resolve("bad.html");
        Files.writeString(page, """
                <!DOCTYPE html>
                <body data-shown="1">
                  <img src="http://127.0.0.1:9/x.png">
                  <script>console.log('said'); setTimeout(() => { throw new Error('thrown'); });</script>
                </body>""");
        try (Browser browser = Browser.start()) {
            browser.open(page, "", 400, 300, false);
            browser.settle();
            assertThat(browser.requests()).contains("http://127.0.0.1:9/x.png");
            assertThat(browser.complaints()).anyMatch(line -> line.contains("said")).anyMatch(line -> line.contains("thrown"));
        }
    }
}
