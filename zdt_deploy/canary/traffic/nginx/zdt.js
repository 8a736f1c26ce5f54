// Who goes where: nginx asks this on each request. The split is one line of a file that
// `manage.py zdt_traffic_agent follow --proxy nginx` replaces: threshold|stable|canary|until
import crypto from 'crypto';
import fs from 'fs';

const STEPS = 100000;
const LINE = /^(\d{1,6})\|([^|\s]*)\|([^|\s]*)\|(\d{1,11})$/;

// What holds now: none on the canary where the file is missing, unreadable or past its time.
function split(r) {
    let found = null;
    try {
        found = LINE.exec(fs.readFileSync(r.variables.zdt_file, 'utf8').trim());
    } catch (error) {
        found = null;
    }
    if (found === null) {
        return {known: false, threshold: 0, stable: '', canary: '', until: 0};
    }
    const valid = Date.now() / 1000 < Number(found[4]);
    return {
        known: true,
        threshold: valid ? Number(found[1]) : 0,
        stable: found[2],
        canary: found[3],
        until: found[4],
    };
}

// The fine bucket of the id in zdt_id, which is all before the last dot; none without an id.
function bucket(cookie) {
    const dot = cookie.lastIndexOf('.');
    if (dot < 1) {
        return STEPS;
    }
    const digest = crypto.createHash('md5').update(cookie.slice(0, dot)).digest('hex');
    const hash = parseInt(digest.slice(0, 8), 16);
    return hash % 100 * 1000 + Math.floor(hash / 100) % 1000;
}

// "canary 2.0" or "stable 1.0"
function choice(r) {
    const now = split(r);
    const everyone = now.threshold >= STEPS;
    if (everyone || bucket(r.variables.cookie_zdt_id || '') < now.threshold) {
        return 'canary ' + now.canary;
    }
    return 'stable ' + now.stable;
}

// What the agent reads back: the split that holds now, and the releases that have servers.
function status(r) {
    const now = split(r);
    const line = [now.threshold, now.stable, now.canary, now.until].join('|');
    r.headersOut['Content-Type'] = 'text/plain';
    r.return(200, (now.known ? line : 'unknown') + '\n' + r.variables.zdt_pools + '\n');
}

export default {choice, status};
