// Load for the whole stack, run by k6: messages come in, texts are labelled, people ask. Ends with k6's summary.
import http from "k6/http";
import { check, fail } from "k6";

const url = __ENV.LOAD_URL;
const texts = [
  "my withdrawal is stuck since monday",
  "where is my bonus??",
  "cant log in, it says wrong password",
  "deposit went through twice, please refund one",
  "great support, thanks a lot",
];

export const options = {
  scenarios: {
    ingest: { executor: "constant-arrival-rate", exec: "ingest", rate: 20, duration: "2m", preAllocatedVUs: 20 },
    classify: { executor: "constant-vus", exec: "classify", vus: 4, duration: "2m" },
    ask: { executor: "constant-vus", exec: "ask", vus: 2, duration: "2m" },
  },
  thresholds: { http_req_failed: ["rate<0.001"] },
};

export function setup() {
  const login = http.post(`${url}/api/v1/auth/token`, {
    username: __ENV.LOAD_USERNAME,
    password: __ENV.LOAD_PASSWORD,
  });
  if (login.status !== 200) fail(`cannot log in (${login.status}): set LOAD_USERNAME and LOAD_PASSWORD`);
  return { Authorization: `Bearer ${login.json("access_token")}`, "Content-Type": "application/json" };
}

function post(path, body, headers) {
  const answer = http.post(`${url}${path}`, JSON.stringify(body), { headers, tags: { name: path } });
  check(answer, { "no error of ours": (got) => got.status < 500 });
}

export function ingest(headers) {
  const messages = texts.map((text, index) => ({
    external_id: `load-${__VU}-${__ITER}-${index}`,
    source: "livechat",
    user_id: `load-${__VU}`,
    timestamp: new Date().toISOString(),
    text,
  }));
  post("/api/v1/messages", { messages }, headers);
}

export function classify(headers) {
  post("/api/v1/classify", { texts }, headers);
}

export function ask(headers) {
  post("/api/v1/chat", { text: "How many withdrawals came in today?" }, headers);
}
