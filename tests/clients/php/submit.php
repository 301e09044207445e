<?php
// usage: php submit.php MODE BASE_URL KEY MERCHANT FILE_OR_URL
// MODE "file": CURLFile in a flat multipart array; "query": http_build_query over nested arrays; "nested": the common
// mistake of a nested array for a multipart body, whose option names cURL drops.
[, $mode, $base, $key, $merchant, $source] = $argv;
$fields = ['action' => 'bg-remove', 'resolution' => '1K'];
if ($mode === 'file') {
    $fields += ['options[platform]' => 'shopify', 'options[preserve_edges]' => false,
                'image_files[0]' => new CURLFile($source)];
} elseif ($mode === 'query') {
    $fields = http_build_query($fields + ['options' => ['platform' => 'amazon', 'optimize_repair' => true],
                                          'image_urls' => [$source]]);
} else {
    $fields += ['image_urls' => [$source], 'options' => ['platform' => 'amazon']];
}
$handle = curl_init("$base/api/v1/batch.php");
curl_setopt_array($handle, [
    CURLOPT_POST => true,
    CURLOPT_POSTFIELDS => $fields,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ["Authorization: Bearer $key", "X-Merchant-Id: $merchant"],
]);
$body = curl_exec($handle);
fwrite(STDERR, (string) curl_getinfo($handle, CURLINFO_HTTP_CODE));
echo $body;
