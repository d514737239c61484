
# The first "name" of a JSON answer.
first() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d'"' -f4; }
say() { printf '\n## %s\n' "$*"; }
# A call that must succeed: api METHOD PATH TOKEN [JSON]. Prints the answer.
api() {
  method=$1 path=$2 token=$3
  set -- -sS --fail-with-body -X "$method" "$LIAISON$path" -H "Authorization: Bearer $token" -H 'If-Match: *' ${4:+-H 'Content-Type: application/json' -d "$4"}
  curl "$@" || { echo >&2; echo "$method $path failed" >&2; exit 1; }
}
sign_in() { curl -sS --fail-with-body "$LIAISON/v1/sessions" -H 'Content-Type: application/json' -d "{\"email\":\"$1\",\"password\":\"$2\"}" | first access_token; }
RUN=$(date +%s)-$$

say "Sign in: a coordinator, a billing clerk, the customer in the portal"
COORDINATOR_TOKEN=$(sign_in "$COORDINATOR" "$COORDINATOR_PASSWORD")
BILLING_TOKEN=$(sign_in "$BILLING" "$BILLING_PASSWORD")
CUSTOMER_TOKEN=$(sign_in "$CUSTOMER" "$CUSTOMER_PASSWORD")

say "The customer's e-mail becomes a ticket with a first-response due time"
TICKET=$(printf 'From: %s\r\nTo: %s\r\nSubject: Pickup of plating waste\r\nMessage-ID: <%s@northlake-plating.example>\r\n\r\nTwelve drums and three totes are ready. Could you quote the pickup?\r\n' \
    "$CUSTOMER_EMAIL" "$MAILBOX" "$RUN" |
  curl -sS --fail-with-body -X POST "$LIAISON/v1/intake/email?recipient=$MAILBOX" -H "Authorization: Bearer $COORDINATOR_TOKEN" \
    -H 'Content-Type: message/rfc822' --data-binary @- | first ticket_id)
api GET "/v1/tickets/$TICKET/obligations" "$COORDINATOR_TOKEN"

say "Who wrote: the account and its contracts"
api GET "/v1/accounts/$ACCOUNT" "$COORDINATOR_TOKEN"
api GET "/v1/contracts?filter%5Baccount_id%5D=$ACCOUNT" "$COORDINATOR_TOKEN"

say "Ten lines priced, each explained"
LINES='[{"item_code":"DRUM55","quantity":"12"},{"item_code":"TOTE275","quantity":"3"},{"item_code":"LABPACK","quantity":"4"},{"item_code":"TRIP","quantity":"2"},{"item_code":"TECHHR","quantity":"6.5"},{"item_code":"PROFILE","quantity":"1"},{"item_code":"MANIFEST","quantity":"2"},{"item_code":"DRUMNEW","quantity":"12"},{"item_code":"ABSORB","quantity":"7"},{"item_code":"TON","quantity":"3.25"}]'
api POST /v1/price/batch "$COORDINATOR_TOKEN" "{\"account_id\":\"$ACCOUNT\",\"site_id\":\"$SITE\",\"currency\":\"USD\",\"lines\":$LINES}"

say "A quote, sent, and accepted by the customer"
QUOTE=$(api POST /v1/quotes "$COORDINATOR_TOKEN" "{\"account_id\":\"$ACCOUNT\",\"site_id\":\"$SITE\",\"currency\":\"USD\",\"content\":{\"lines\":$LINES}}" | first id)
api POST "/v1/quotes/$QUOTE/submit" "$COORDINATOR_TOKEN" >/dev/null
api POST "/v1/quotes/$QUOTE/send" "$COORDINATOR_TOKEN" >/dev/null
api POST "/v1/quotes/$QUOTE/accept" "$CUSTOMER_TOKEN" '{"version_no":1,"signer":"Dana Reyes"}' | first state

say "The order, at the quote's prices; prepared, scheduled, completed"
ORDER=$(curl -sS --fail-with-body -X POST "$LIAISON/v1/orders" -H "Authorization: Bearer $COORDINATOR_TOKEN" -H "Idempotency-Key: order-$RUN" \
  -H 'Content-Type: application/json' \
  -d "{\"account_id\":\"$ACCOUNT\",\"site_id\":\"$SITE\",\"kind\":\"service\",\"service_date\":\"$(date +%F)\",\"quote\":{\"id\":\"$QUOTE\"}}" | first id)
for STEP in prepare confirm schedule dispatch start; do
  api POST "/v1/orders/$ORDER/$STEP" "$COORDINATOR_TOKEN" | first fulfilment
done
api POST "/v1/orders/$ORDER/complete" "$COORDINATOR_TOKEN" '{}' | first fulfilment

say "The invoice: a gapless number, tax by largest remainder, its ledger entry in the same commit"
INVOICE=$(curl -sS --fail-with-body -X POST "$LIAISON/v1/invoices" -H "Authorization: Bearer $BILLING_TOKEN" -H "Idempotency-Key: invoice-$RUN" \
  -H 'Content-Type: application/json' \
  -d "{\"bill_to_id\":\"$ACCOUNT\",\"currency\":\"USD\",\"order_id\":\"$ORDER\",\"post\":true,\"tax\":{\"mode\":\"computed\",\"rate\":\"0.1025\"}}")
printf '%s\n' "$INVOICE"
OWED=$(printf '%s' "$INVOICE" | first balance)

say "The payment, applied; receivables are zero and the ledger is sound"
curl -sS --fail-with-body -X POST "$LIAISON/v1/payments" -H "Authorization: Bearer $BILLING_TOKEN" -H "Idempotency-Key: payment-$RUN" \
  -H 'Content-Type: application/json' \
  -d "{\"account_id\":\"$ACCOUNT\",\"currency\":\"USD\",\"method\":\"ach\",\"reference\":\"$RUN\",\"received_on\":\"$(date -u +%F)\",\"amount\":\"$OWED\",\"application\":{\"mode\":\"auto\"}}" | first state
api GET '/v1/reports/aging?currency=USD' "$BILLING_TOKEN"
api GET /v1/integrity "$BILLING_TOKEN" | grep -o '"sound":[a-z]*' | sort | uniq -c

say "The ticket is answered and resolved"
api POST "/v1/tickets/$TICKET/messages" "$COORDINATOR_TOKEN" '{"kind":"public_reply","body":"The pickup is done and the invoice is paid. Thank you, Dana."}' >/dev/null
api POST "/v1/tickets/$TICKET/resolve" "$COORDINATOR_TOKEN" '{"code":"done"}' | first status
api GET "/v1/tickets/$TICKET/obligations" "$COORDINATOR_TOKEN"

say "The feed tells the story in order"
sleep 1
api GET '/v1/events?limit=200' "$COORDINATOR_TOKEN" | grep -o '"type":"[a-z_]*\.[a-z_]*"'
